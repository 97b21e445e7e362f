"""The values for Dagster's chart name keys that the chart has, and what comes of them is accepted by Dagster and by Kubernetes. The chart
itself is on no package index, so it is not rendered here: its keys were read from its schema, helm/dagster/schema of dagster-io/dagster at
0f2d9d8 (values.py, concurrency.py) and at the newest commits before that touch the other parts."""

from pathlib import Path
from typing import Any

import kubernetes.client
import kubernetes.config
import kubernetes_validate
import yaml
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.storage.dagster_run import DagsterRun
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job

ROOT = Path(__file__).parents[3]
VALUES = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "values.yaml").read_text("utf-8"))
LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
VERSION = "1.36"

PLAIN = None  # a value, or an object of Kubernetes' own
IMAGE = {"repository": PLAIN, "tag": PLAIN, "pullPolicy": PLAIN}
POD = dict.fromkeys(
    [
        *("env", "envConfigMaps", "envSecrets", "labels", "podSecurityContext", "securityContext", "resources", "volumeMounts", "volumes"),
        *("livenessProbe", "readinessProbe", "startupProbe", "annotations", "nodeSelector", "affinity", "tolerations", "schedulerName"),
    ]
)
CHART: dict[str, Any] = {
    "global": {"postgresqlSecretName": PLAIN, "dagsterHome": PLAIN, "serviceAccountName": PLAIN, "celeryConfigSecretName": PLAIN},
    "generatePostgresqlPasswordSecret": PLAIN,
    "postgresql": {
        "enabled": PLAIN,
        "image": IMAGE,
        "postgresqlHost": PLAIN,
        "postgresqlUsername": PLAIN,
        "postgresqlDatabase": PLAIN,
        "postgresqlPassword": PLAIN,
        "postgresqlParams": PLAIN,
        "postgresqlScheme": PLAIN,
        "service": {"port": PLAIN},
    },
    "dagster-user-deployments": {
        "enabled": PLAIN,
        "enableSubchart": PLAIN,
        "imagePullSecrets": PLAIN,
        "deployments": [
            POD
            | {"name": PLAIN, "image": IMAGE, "dagsterApiGrpcArgs": PLAIN, "codeServerArgs": PLAIN, "port": PLAIN}
            | {"includeConfigInLaunchedRuns": {"enabled": PLAIN}}
        ],
    },
    "runLauncher": {
        "type": PLAIN,
        "config": {
            "k8sRunLauncher": {
                **dict.fromkeys(("imagePullPolicy", "jobNamespace", "loadInclusterConfig", "kubeconfigFile", "envConfigMaps"), PLAIN),
                **dict.fromkeys(("envSecrets", "envVars", "volumeMounts", "volumes", "labels", "failPodOnRunFailure", "resources"), PLAIN),
                **dict.fromkeys(("schedulerName", "securityContext"), PLAIN),
                "runK8sConfig": dict.fromkeys(
                    ("containerConfig", "podSpecConfig", "podTemplateSpecMetadata", "jobSpecConfig", "jobMetadata")
                ),
            }
        },
    },
    "concurrency": {
        "enabled": PLAIN,
        "pools": {"defaultLimit": PLAIN, "granularity": PLAIN, "opGranularityRunBuffer": PLAIN},
        "runs": {"maxConcurrentRuns": PLAIN, "tagConcurrencyLimits": PLAIN},
    },
    "computeLogManager": {"type": PLAIN, "config": PLAIN},
    "telemetry": {"enabled": PLAIN},
    "ingress": {"enabled": PLAIN},
    "additionalInstanceConfig": PLAIN,
    "dagsterWebserver": POD | {"image": IMAGE, "replicaCount": PLAIN, "service": {"type": PLAIN, "port": PLAIN, "annotations": PLAIN}},
    "dagsterDaemon": POD
    | {
        "enabled": PLAIN,
        "image": IMAGE,
        "runMonitoring": dict.fromkeys(
            [
                *("enabled", "startTimeoutSeconds", "cancelTimeoutSeconds", "maxResumeRunAttempts", "pollIntervalSeconds"),
                "freeSlotsAfterRunEndSeconds",
            ]
        ),
        "runRetries": {"enabled": PLAIN, "maxRetries": PLAIN},
        "sensors": dict.fromkeys(("useThreads", "numWorkers", "numSubmitWorkers")),
    },
}


def unknown(given: Any, chart: Any, place: str = "") -> list[str]:
    """Keys of the values that the chart does not have."""
    if isinstance(chart, list):
        return [key for one in given for key in unknown(one, chart[0], place)]
    if not isinstance(chart, dict):
        return []
    return [
        found
        for key, value in given.items()
        for found in (unknown(value, chart[key], f"{place}{key}.") if key in chart else [f"{place}{key}"])
    ]


def instance() -> dict[str, Any]:
    """The parts of dagster.yaml that the chart's templates make of the values: configmap-instance.yaml, helpers/instance/_concurrency.tpl."""
    pools, runs, daemon = VALUES["concurrency"]["pools"], VALUES["concurrency"]["runs"], VALUES["dagsterDaemon"]
    monitoring = daemon["runMonitoring"]
    return {
        "concurrency": {
            "pools": {"default_limit": pools["defaultLimit"], "granularity": pools["granularity"]},
            "runs": {"max_concurrent_runs": runs["maxConcurrentRuns"]},
        },
        "run_monitoring": {
            "enabled": monitoring["enabled"],
            "start_timeout_seconds": monitoring["startTimeoutSeconds"],
            "poll_interval_seconds": monitoring["pollIntervalSeconds"],
            "free_slots_after_run_end_seconds": monitoring["freeSlotsAfterRunEndSeconds"],
        },
        "run_retries": {"enabled": True, "max_retries": daemon["runRetries"]["maxRetries"]},
        "sensors": {"use_threads": daemon["sensors"]["useThreads"]},
        "telemetry": VALUES["telemetry"],
        **VALUES["additionalInstanceConfig"],
    }


def launcher_config() -> dict[str, Any]:
    """What helpers/instance/_run-launcher.tpl makes of the values, for a release `tierline` in the namespace `tierline`."""
    more = LAUNCHER["runK8sConfig"]
    return {
        "load_incluster_config": LAUNCHER["loadInclusterConfig"],
        "job_namespace": "tierline",
        "image_pull_policy": LAUNCHER["imagePullPolicy"],
        "service_account_name": "tierline-dagster",
        "dagster_home": VALUES["global"]["dagsterHome"],
        "instance_config_map": "tierline-dagster-instance",
        "postgres_password_secret": VALUES["global"]["postgresqlSecretName"],
        "env_config_maps": [one["name"] for one in LAUNCHER["envConfigMaps"]],
        "env_secrets": [one["name"] for one in LAUNCHER["envSecrets"]],
        **{key: LAUNCHER[value] for key, value in (("volume_mounts", "volumeMounts"), ("volumes", "volumes"), ("labels", "labels"))},
        "resources": LAUNCHER["resources"],
        "security_context": LAUNCHER["securityContext"],
        "run_k8s_config": {
            "pod_spec_config": more["podSpecConfig"],
            "pod_template_spec_metadata": more["podTemplateSpecMetadata"],
            "job_spec_config": more["jobSpecConfig"],
        },
    }


def test_every_key_is_one_of_the_chart():
    assert not unknown(VALUES, CHART)


def test_a_key_that_the_chart_lacks_is_named():
    assert unknown({"dagsterDaemon": {"runMonitoring": {"on": True}}}, CHART) == ["dagsterDaemon.runMonitoring.on"]


def test_the_instance_is_one_that_dagster_accepts_with_the_pools_of_a_laptop_and_one_look_at_a_time():
    accepted = process_config(resolve_to_config_type(dagster_instance_config_schema()), instance())
    assert accepted.success, accepted.errors
    laptop = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    assert instance()["concurrency"]["pools"] == laptop["concurrency"]["pools"]
    assert instance()["sensors"] == {"use_threads": False} and "sensors" not in laptop, "which is what Dagster does unless it is told"
    same = "free_slots_after_run_end_seconds"
    assert instance()["run_monitoring"][same] == laptop["run_monitoring"][same] and instance()["nux"] == laptop["nux"]


def test_a_run_becomes_a_job_that_kubernetes_accepts_confined_as_everything_else(monkeypatch):
    monkeypatch.setattr(kubernetes.config, "load_incluster_config", lambda: None)
    accepted = process_config(resolve_to_config_type(K8sRunLauncher.config_type()), launcher_config())
    assert accepted.success and accepted.value, accepted.errors
    given = {key: value for key, value in accepted.value.items() if value is not None}
    launcher = K8sRunLauncher.from_config_value(None, given)  # pyright: ignore[reportArgumentType]
    context = K8sContainerContext.create_for_run(DagsterRun("run_shard", "0" * 36), launcher, include_run_tags=False)
    job = kubernetes.client.ApiClient().sanitize_for_serialization(
        construct_dagster_k8s_job(
            context.get_k8s_job_config("registry.example/tierline:1", launcher),
            ["dagster", "api", "execute_run", "{}"],
            "dagster-run-1",
            user_defined_k8s_config=context.run_k8s_config,
            component="run_worker",
        )
    )
    kubernetes_validate.validate(job, VERSION, strict=True)
    pod = job["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert pod["metadata"]["labels"].items() >= LAUNCHER["labels"].items()
    assert container["securityContext"] == LAUNCHER["securityContext"] and pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert [source for source in container["envFrom"] if "secretRef" in source] == [{"secretRef": {"name": "tierline"}}]
