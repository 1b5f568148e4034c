#!/usr/bin/env bash
# A run in parts as a Slurm array (docs/spark.md). Once, before:
#   hourbill part plan JOB.toml --parts 16 --out FOLDER && hourbill part split FOLDER
# then, one part a task, and one commit when all have ended well:
#   array=$(FOLDER=FOLDER sbatch --parsable --array=1-16 jobs/slurm-array.sh)
#   FOLDER=FOLDER sbatch --dependency=afterok:"$array" jobs/slurm-array.sh
#SBATCH --job-name=hourbill
#SBATCH --requeue
set -euo pipefail
: "${FOLDER:?the folder of the plan, which every machine reaches}"
hourbill="${HOURBILL:-hourbill}"
mkdir -p "$FOLDER/receipts"
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    # Whole or not there: a part that is started again leaves one receipt.
    receipt="$FOLDER/receipts/$SLURM_ARRAY_TASK_ID"
    "$hourbill" part run "$FOLDER" --part "$SLURM_ARRAY_TASK_ID" --split > "$receipt.new"
    mv "$receipt.new" "$receipt.json"
else
    cat "$FOLDER"/receipts/*.json > "$FOLDER/all-receipts"
    "$hourbill" part commit "$FOLDER" --receipts "$FOLDER/all-receipts"
fi
