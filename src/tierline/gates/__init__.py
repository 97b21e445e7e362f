"""Gates: the conditions under which anything downstream may read a shard."""

from tierline.gates.judge import describe_bound, judge_stage, nothing_new, sentence
from tierline.gates.profile import profile
from tierline.gates.suite import GateRules, Suite, suite_for

__all__ = ["GateRules", "Suite", "describe_bound", "judge_stage", "nothing_new", "profile", "sentence", "suite_for"]
