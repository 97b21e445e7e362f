"""Gates: the conditions under which anything downstream may read a shard."""

from tierline.gates.judge import judge_stage
from tierline.gates.profile import profile
from tierline.gates.suite import GateRules, Suite, suite_for

__all__ = ["GateRules", "Suite", "judge_stage", "profile", "suite_for"]
