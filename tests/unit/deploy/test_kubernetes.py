"""What a cluster is given is valid by the schemas of Kubernetes' API, confined, without secrets, and reaches only what it needs. No cluster is
asked: that it runs on one is not tested."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dagster._cli.api import grpc_command
from dagster._cli.instance import set_concurrency as set_pool
from typer.main import get_command

from tierline.cli.main import build_app
from tierline.llm.open import ENGINES

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
MANIFESTS = sorted((FOLDER / "manifests").glob("*.yaml"))
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text("utf-8"))
VERSION = "1.36"  # of the schemas; nothing here is newer than 1.25
SECRET_NAME = re.compile(r"KEY(_ID)?$|PASSWORD|SECRET|TOKEN|WEBHOOK")
AFTER_THE_CHART = {"pools.yaml"}
# Who needs whom, at which port.
REACHES = {
    *((who, "tierline-postgres", 5432) for who in ("web", "daemon", "code", "run", "tierline-pools")),
    *((who, "vllm", 8000) for who in ("code", "run")),
    *((who, "code", 3030) for who in ("web", "daemon")),
}
OUTSIDE = {"web": {443, 6443}, "daemon": {443, 6443}, "code": {443}, "run": {443}, "tierline-metrics": {443}}


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the manifests, with its file."""
    for path in MANIFESTS:
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text("utf-8")):
                yield path.name, document


OBJECTS = list(documents())
POLICIES = [one for _, one in OBJECTS if one["kind"] == "NetworkPolicy"]
PODS = {one["metadata"]["name"]: one["spec"]["template"] for _, one in OBJECTS if "template" in one.get("spec", {})}
(CODE,) = VALUES["dagster-user-deployments"]["deployments"]
RUN = VALUES["runLauncher"]["config"]["k8sRunLauncher"]


def name(given: Any) -> str:
    """The id of a test."""
    return f"{given[1]['kind']}-{given[1]['metadata']['name']}"


@pytest.mark.parametrize("given", OBJECTS, ids=name)
def test_every_object_is_valid_by_the_schemas_of_the_api(given):
    kubernetes_validate.validate(given[1], VERSION, strict=True)


def test_what_is_invalid_is_noticed():
    broken = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"port": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


def test_kustomize_takes_every_manifest_but_what_follows_the_chart():
    kustomization = yaml.safe_load((FOLDER / "manifests" / "kustomization.yaml").read_text("utf-8"))
    assert set(kustomization["resources"]) == {path.name for path in MANIFESTS} - AFTER_THE_CHART - {"kustomization.yaml"}
    images = {image["name"]: image["newTag"] for image in kustomization["images"]}
    used = {container["image"] for pod in PODS.values() for container in pod["spec"]["containers"]} | {image_of(CODE)}
    assert {f"{image}:{tag}" for image, tag in images.items()} <= used
    assert {image_of(VALUES[part]) for part in ("dagsterWebserver", "dagsterDaemon")} == {image_of(CODE)} <= used
    assert not [image for image in used if image.endswith(":latest") or ":" not in image.rpartition("/")[2]]


def image_of(values: dict[str, Any]) -> str:
    """An image as Dagster's chart writes it."""
    return f"{values['image']['repository']}:{values['image']['tag']}"


def confinements() -> dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[dict[str, Any]]]]:
    """Security context of pod and container, resources and mounts, of all that runs."""
    found = {
        pod: (spec["spec"]["securityContext"], container["securityContext"], container["resources"], container["volumeMounts"])
        for pod, spec in PODS.items()
        for container in spec["spec"]["containers"]
    }
    for part, values in (("code", CODE), ("web", VALUES["dagsterWebserver"]), ("daemon", VALUES["dagsterDaemon"])):
        found[part] = (values["podSecurityContext"], values["securityContext"], values["resources"], values["volumeMounts"])
    found["run"] = (RUN["runK8sConfig"]["podSpecConfig"]["securityContext"], RUN["securityContext"], RUN["resources"], RUN["volumeMounts"])
    return found


@pytest.mark.parametrize("part", confinements())
def test_what_runs_is_no_root_and_cannot_change_its_image(part):
    pod, container, resources, mounts = confinements()[part]
    assert pod["runAsNonRoot"] is True and pod["runAsUser"] > 0 and pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert "memory" in resources["limits"] and {"cpu", "memory"} <= set(resources["requests"])
    assert "/tmp" in {mount["mountPath"] for mount in mounts}, "Python needs one folder for temporary files"


def test_every_folder_that_the_settings_name_can_be_written():
    (settings,) = (one["data"] for _, one in OBJECTS if one["kind"] == "ConfigMap")
    folders = [value for value in settings.values() if value.startswith("/")]
    for mounts in (CODE["volumeMounts"], RUN["volumeMounts"], PODS["tierline-metrics"]["spec"]["containers"][0]["volumeMounts"]):
        writable = {mount["mountPath"] for mount in mounts if not mount.get("readOnly")}
        assert len(folders) > 5 and not [folder for folder in folders if f"/{folder.split('/')[1]}" not in writable]


def test_no_secret_stands_in_a_file():
    assert not [one for _, one in OBJECTS if one["kind"] == "Secret"]
    (settings,) = (one["data"] for _, one in OBJECTS if one["kind"] == "ConfigMap")
    assert not [setting for setting in settings if SECRET_NAME.search(setting)]
    given = [variable for pod in PODS.values() for container in pod["spec"]["containers"] for variable in container.get("env", [])]
    assert {variable["name"] for variable in given if "valueFrom" in variable} == {
        "POSTGRES_PASSWORD",
        "VLLM_API_KEY",
        "DAGSTER_PG_PASSWORD",
    }
    assert not [variable["name"] for variable in given if "value" in variable and SECRET_NAME.search(variable["name"])]
    assert "postgresqlPassword" not in VALUES["postgresql"] and VALUES["global"]["postgresqlSecretName"]


def test_settings_are_variables_that_are_documented_and_can_be_meant():
    (settings,) = (one["data"] for _, one in OBJECTS if one["kind"] == "ConfigMap")
    documented = set(re.findall(r"`(TIERLINE_\w+)`", (ROOT / "docs" / "running.md").read_text("utf-8")))
    assert {setting for setting in settings if setting.startswith("TIERLINE_")} <= documented
    assert settings["TIERLINE_ENGINE"] in ENGINES
    (service,) = (one for _, one in OBJECTS if one["kind"] == "Service" and one["metadata"]["name"] == "vllm")
    served = PODS["vllm"]["spec"]["containers"][0]
    assert settings["TIERLINE_MODEL_URL"] == f"http://vllm:{service['spec']['ports'][0]['port']}/v1"
    assert f"--served-model-name={settings['TIERLINE_MODEL']}" in served["args"]


# Labels of pods, as Dagster's chart (templates/deployment-daemon.yaml, helpers/_deployment-webserver.tpl,
# charts/dagster-user-deployments/templates/deployment-user.yaml) and its launcher set them, and ours.
LABELS = {
    **{pod: spec["metadata"]["labels"] for pod, spec in PODS.items()},
    "web": {"component": "dagster-webserver", **VALUES["dagsterWebserver"]["labels"]},
    "daemon": {"component": "dagster-daemon", **VALUES["dagsterDaemon"]["labels"]},
    "code": {"component": "user-deployments", **CODE["labels"]},
    "run": {"app.kubernetes.io/component": "run_worker", **RUN["labels"]},
}


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a selector of pods (labels that have to be equal) takes one with these labels."""
    assert set(selector) <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


def allows(direction: str, pod: str, other: str, port: int) -> bool:
    """Whether some policy of the pod lets this through."""
    peers = {"Ingress": "from", "Egress": "to"}[direction]
    return any(
        any(selects(peer["podSelector"], LABELS[other]) for peer in rule[peers] if set(peer) == {"podSelector"})
        and port in {allowed["port"] for allowed in rule["ports"]}
        for policy in POLICIES
        if selects(policy["spec"]["podSelector"], LABELS[pod]) and direction in policy["spec"]["policyTypes"]
        for rule in policy["spec"].get(direction.lower(), [])
    )


def test_everything_is_denied_first():
    (first,) = (policy["spec"] for policy in POLICIES if policy["metadata"]["name"] == "deny-by-default")
    assert first == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_a_pod_reaches_what_it_needs_and_no_other():
    ports = {
        allowed["port"]
        for policy in POLICIES
        for kind in ("ingress", "egress")
        for rule in policy["spec"].get(kind, [])
        for allowed in rule["ports"]
    }
    open_ = {
        (pod, other, port)
        for pod, other, port in product(LABELS, LABELS, ports)
        if pod != other and allows("Egress", pod, other, port) and allows("Ingress", other, pod, port)
    }
    assert open_ == REACHES


def test_only_what_has_to_leaves_the_cluster_and_nothing_reads_a_nodes_metadata():
    leaves: dict[str, set[int]] = {}
    for policy, pod in product(POLICIES, LABELS):
        for rule in policy["spec"].get("egress", []) if selects(policy["spec"]["podSelector"], LABELS[pod]) else []:
            for peer in (peer for peer in rule["to"] if "ipBlock" in peer):
                assert "169.254.0.0/16" in peer["ipBlock"]["except"]
                leaves.setdefault(pod, set()).update(allowed["port"] for allowed in rule["ports"])
    assert leaves == OUTSIDE


def test_the_commands_are_such_as_the_programs_take():
    grpc_command.make_context("grpc", ["-h", "0.0.0.0", "-p", "3030", *CODE["dagsterApiGrpcArgs"]])
    (pools,) = PODS["tierline-pools"]["spec"]["containers"]
    assert pools["command"][:4] == ["dagster", "instance", "concurrency", "set"]
    set_pool.make_context("set", pools["command"][4:])
    (metrics,) = PODS["tierline-metrics"]["spec"]["containers"]
    program: Any = get_command(build_app())
    program.commands[metrics["command"][1]].make_context("metrics", metrics["command"][2:])
