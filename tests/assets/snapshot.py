"""The asset graph as text, one line a node: what `make graph` writes and the snapshot test compares with."""

from pathlib import Path

from definitions import defs

SNAPSHOT = Path(__file__).with_name("graph.txt")


def describe_graph() -> str:
    """Every asset with its group, partitions, pool, automation and parents, and every check."""
    graph = defs.resolve_asset_graph()
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys)) or "-"
        kind = "by shard" if node.partitions_def else "whole"
        pools = ", ".join(sorted(node.pools or ())) or "-"
        automation = node.automation_condition.get_label() if node.automation_condition else None
        lines.append(
            f"{key.to_user_string()} [{node.group_name}] {kind}, pool {pools}, reruns on: {automation or ('eager' if node.automation_condition else 'request')}, from {parents}"
        )
    for check in sorted(graph.asset_check_keys, key=str):
        blocking = "blocking" if graph.get(check).blocking else "advisory"
        lines.append(f"check {check.asset_key.to_user_string()}:{check.name} {blocking}")
    lines += [f"job {job.name}" for job in sorted(defs.jobs, key=lambda job: job.name)]
    lines += [f"sensor {sensor.name}" for sensor in defs.sensors]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(describe_graph(), "utf-8")
    print(SNAPSHOT)
