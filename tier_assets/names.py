"""Which asset materializes which stage."""


def asset_name(stage: str) -> str:
    """The asset that materializes a stage: `mix_pretrain` is `pretrain_mix`, all others have the stage's own name."""
    return f"{stage.removeprefix('mix_')}_mix" if stage.startswith("mix_") else stage


def stage_name(asset: str) -> str:
    """The stage that an asset materializes."""
    return f"mix_{asset.removesuffix('_mix')}" if asset.endswith("_mix") else asset
