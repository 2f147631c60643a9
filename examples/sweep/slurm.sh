#!/usr/bin/env bash
# A sweep as a Slurm job array, a shard for each task. From this folder, with the number of shards that you want:
#
#   sbatch --array=1-100 slurm.sh timeout.json --seeds 0..100000 --set period-ms=100,200,400,800
#
# When all tasks are over: ./join.sh sweep.csv timeout.json --seeds … --set …
#SBATCH --job-name=bivalent-sweep
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
#SBATCH --requeue
export JOBS=$SLURM_CPUS_PER_TASK
exec "$SLURM_SUBMIT_DIR/shard.sh" "$SLURM_ARRAY_TASK_ID" "$SLURM_ARRAY_TASK_COUNT" sweep.csv "$@"
