"""Settings of these tests, whatever params.yaml says of your own model."""

from machinery import params

TRAIN = params.Train(
    problem="binary",
    model="boosted",
    threshold=0.25,
    rounds=600,
    early_stopping_rounds=40,
    seed=2013,
    learning_rate=0.1,
    max_depth=8,
    min_child_weight=1.0,
    subsample=0.5,
    colsample_bynode=1.0,
    num_parallel_tree=4,
    reg_lambda=5.0,
    max_cat_to_onehot=4,
    monotone_constraints={},
)
LIMITS = params.Gate(
    floors={"roc_auc": 0.75, "log_loss": 0.6},
    min_over_baseline=-0.02,
    max_below_champion=0.015,
    max_below_in_slice=0.1,
    max_calibration_error=0.05,
    min_score_spread=0.2,
    max_above_validation=0.03,
    max_gain_share=0.5,
    leak_auc=0.8,
)
