"""Training forms of L4: verified facts said in many ways, each read back before it counts."""

from tierline.forms.inputs import read_inputs
from tierline.forms.make import make_forms
from tierline.forms.rules import FormRules

__all__ = ["FormRules", "make_forms", "read_inputs"]
