#!/bin/bash
#SBATCH --job-name=tierline
#SBATCH --array=0-15
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=24:00:00
#SBATCH --output=tierline-%A-%a.log
#SBATCH --requeue
# Shards of a lake as an array job: sbatch deploy/slurm/array.sh, in a checkout that all nodes see (README.md).
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:?start this with sbatch}"
# Of this task alone, on the node's own disk: an SQLite catalog and indexes of the lake, and tables between two steps.
own=$(mktemp -d "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/tierline-XXXXXX")
trap 'rm -rf "$own"' EXIT
export TIERLINE_TABLES="$own/tables" XDG_CACHE_HOME="$own/cache"
export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
.venv/bin/python -m deploy.slurm.shards "$@"
