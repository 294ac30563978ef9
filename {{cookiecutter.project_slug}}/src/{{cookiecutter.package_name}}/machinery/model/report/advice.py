"""What to do next, by the gate's verdict."""

from ...page import Html, items
from ..verdict import Verdict

ACCEPTED = (
    'Keep this state: `git add . && git commit -m "A model"`.',
    "Store data and model where others can fetch them: `make push`.",
    "Release it: `make release BUMP=minor`, then `make promote VERSION=v1.0.0 STAGE=champion` with"
    " the version that the release names.",
    "Answer requests with it: `make serve`, or build the image: `make image`.",
    'Try to do better: `make experiment ARGS="-S train.learning_rate=0.05"`, then `make compare`.',
)
DEV_ONLY = (
    "This constant model proves that the path works, from the tables to an answer. It can only be"
    " released to the stage dev.",
    "Learn a real one: set `train.model: boosted` in `params.yaml`, then `make repro`.",
)
REFUSED = (
    "Read the refused criteria above; `docs/experiments.md` explains each of them.",
    "If the data or the features are wrong, correct them, then `make repro`.",
    'If the model is too weak, try other parameters: `make experiment ARGS="-S train.rounds=900"`,'
    " then `make compare`.",
    "If a limit does not suit your case, change `gate` in `params.yaml`; say why in the commit.",
)
HELD = (
    "Look at what the criteria above hold: the gate cannot know whether it is right.",
    "If it is, release the model with a reason, which its tag keeps: `make release BUMP=minor"
    ' ACCEPT="the reason"`.',
    "If it is not, correct the data or the features, then `make repro`.",
)
STEPS = {"accepted": ACCEPTED, "dev only": DEV_ONLY, "refused": REFUSED, "held": HELD}


def steps(verdict: Verdict) -> Html:
    """Return a numbered list of what to do next."""
    return items(STEPS[verdict.verdict], numbered=True)


def meaning(verdict: Verdict) -> str:
    """Return what the verdict means, in a sentence."""
    every = len(verdict.criteria)
    missed = sum(not each.passed for each in verdict.criteria)
    known = {
        "accepted": f"the model meets all {every} criteria and may be released.",
        "dev only": "the model is a constant, so it may only be released to the stage dev.",
        "refused": f"the model misses {missed} of {every} criteria and cannot be released.",
        "held": f"{missed} of {every} criteria ask for a person's decision.",
    }
    return known[verdict.verdict]
