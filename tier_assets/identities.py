"""What each stage from L2 on would record if it ran now: the sensor `model_change` compares it with what it did record."""

from resources import AnchorFiles, LanguageModels, RecipeFile, perplexity_inputs
from tierline.editing import EditRules, FaithfulnessRules
from tierline.judges.annotate import AnnotateRules
from tierline.reliability.anchors import AnchorRules
from tierline.reliability.reliability import ReliabilityRules
from tierline.reliability.signals import ScoreRules
from tierline.retiering.stale import Identity
from tierline.selection.review import ReviewRules
from tierline.selection.select import SelectRules
from tierline.students.student import StudentRules


def configured_identities(
    recipe: RecipeFile, language_models: LanguageModels, perplexity_model: LanguageModels, anchors: AnchorFiles
) -> dict[str, Identity]:
    """Stage -> identity. Raises BadInput where the recipe, the model or the anchors cannot be read."""
    loaded, weights = recipe.load(), language_models.weights()
    annotate, edit = loaded.rules(AnnotateRules), loaded.rules(EditRules)
    return {
        "l2_anchors": Identity.of(loaded.rules(AnchorRules), inputs=anchors.inputs()),
        "l2_annotations": Identity.of(annotate, weights, annotate.prompt_sha256),
        "l2_reliability": Identity.of(
            (loaded.rules(ReliabilityRules), loaded.rules(ScoreRules)),
            weights,
            annotate.prompt_sha256,
            perplexity_inputs(language_models, perplexity_model),
        ),
        "l2_student": Identity.of((loaded.rules(StudentRules), loaded.rules(ReliabilityRules))),
        "l2_scores": Identity.of(loaded.rules(ScoreRules), perplexity_model.weights()),
        "l2_selected": Identity.of(loaded.rules(SelectRules)),
        "l2_selection_diff": Identity.of(()),
        "review_queue": Identity.of(loaded.rules(ReviewRules)),
        "l3_refined": Identity.of((edit, loaded.rules(FaithfulnessRules)), weights, edit.prompt_sha256),
    }
