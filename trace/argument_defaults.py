"""The defaults of transformers' `TrainingArguments`, for traces whose header does not say which were set.

Read in `training_args.py` of transformers 4.45.2, 4.57.6 and 5.23.0.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_SURROUNDINGS: Final = (
    "distributed_state",
    "deepspeed_plugin",
    "fsdp_plugin_args",
    "mixed_precision",
    "local_rank",
    "_n_gpu",
)

MADE: Final = frozenset((*_SURROUNDINGS, "accelerator_config", "logging_dir", "run_name", "do_eval"))
"""Arguments that `TrainingArguments` makes of others, or of the surroundings, where nobody sets them."""

_DDP: Final = ("ddp_broadcast_buffers", "ddp_find_unused_parameters", "ddp_static_graph")

UNDECIDED: Final = frozenset((*_DDP, "greater_is_better", "hub_private_repo", "tf32"))
"""Arguments of which False is a choice: their default is None."""

DEFAULTS: Final = MappingProxyType[str, tuple[object, ...]](
    {
        "accelerator_config": (None,),
        "adam_beta1": (0.9,),
        "adam_beta2": (0.999,),
        "adam_epsilon": (1e-8,),
        "average_tokens_across_devices": (True,),
        "dataloader_in_order": (True,),
        "dataloader_num_workers": (0,),
        "dataloader_pin_memory": (True,),
        "ddp_timeout": (1800,),
        "eval_delay": (0,),
        "eval_do_concat_batches": (True,),
        "eval_strategy": ("no",),
        "fp16_backend": ("auto",),
        "fp16_opt_level": ("O1",),
        "fsdp_min_num_params": (0,),
        "gradient_accumulation_steps": (1,),
        "half_precision_backend": ("auto",),
        "hub_strategy": ("every_save",),
        "include_num_input_tokens_seen": ("no",),
        "label_smoothing_factor": (0.0,),
        "learning_rate": (5e-5,),
        "length_column_name": ("length",),
        "local_rank": (-1, 0),
        "log_level": ("passive",),
        "log_level_replica": ("warning",),
        "log_on_each_node": (True,),
        "logging_nan_inf_filter": (True,),
        "logging_steps": (500,),
        "logging_strategy": ("steps",),
        "lr_scheduler_type": ("linear",),
        "max_grad_norm": (1.0,),
        "max_steps": (-1,),
        "mixed_precision": ("no",),
        "num_train_epochs": (3.0,),
        "optim": ("adamw_torch", "adamw_torch_fused"),
        "past_index": (-1,),
        "per_device_eval_batch_size": (8,),
        "per_device_train_batch_size": (8,),
        "project": ("huggingface",),
        "ray_scope": ("last",),
        "remove_unused_columns": (True,),
        "report_to": ("none", "all", []),
        "save_safetensors": (True,),
        "save_steps": (500,),
        "save_strategy": ("steps",),
        "seed": (42,),
        "skip_memory_metrics": (True,),
        "trackio_space_id": ("trackio",),
        "train_sampling_strategy": ("random",),
        "warmup_ratio": (0.0,),
        "warmup_steps": (0,),
        "weight_decay": (0.0,),
    }
)
"""The defaults of `TrainingArguments` of all these versions that are neither None nor False nor empty.

For traces whose header does not say which arguments were set (``args_from``).
"""

_EMPTY: Final = """
    accelerator_config activation_checkpointing activation_checkpointing_kwargs adafactor auto_find_batch_size
    batch_eval_metrics bf16 bf16_full_eval data_seed dataloader_drop_last dataloader_multiprocessing_context
    dataloader_persistent_workers ddp_backend ddp_broadcast_buffers ddp_bucket_cap_mb ddp_find_unused_parameters
    ddp_static_graph debug deepspeed disable_tqdm dispatch_batches do_eval do_predict do_train
    enable_jit_checkpoint eval_accumulation_steps eval_on_start eval_steps eval_use_gather_object
    evaluation_strategy fp16 fp16_full_eval fsdp fsdp_config fsdp_transformer_layer_cls_to_wrap full_determinism
    gradient_checkpointing gradient_checkpointing_kwargs greater_is_better group_by_length hub_always_push
    hub_model_id hub_private_repo hub_revision hub_token ignore_data_skip include_for_metrics
    include_inputs_for_metrics include_tokens_per_second jit_mode_eval label_names liger_kernel_config
    load_best_model_at_end logging_dir logging_first_step lr_scheduler_kwargs metric_for_best_model
    mp_parameters neftune_noise_alpha no_cuda optim_args optim_target_modules output_dir overwrite_output_dir
    parallelism_config per_gpu_eval_batch_size per_gpu_train_batch_size prediction_loss_only push_to_hub
    push_to_hub_model_id push_to_hub_organization push_to_hub_token restore_callback_states_from_checkpoint
    resume_from_checkpoint run_name save_on_each_node save_only_model save_total_limit split_batches tf32
    torch_compile torch_compile_backend torch_compile_mode torch_empty_cache_steps torchdynamo tpu_metrics_debug
    tpu_num_cores trackio_bucket_id trackio_static_space_id use_cache use_cpu use_ipex
    use_legacy_prediction_loop use_liger_kernel use_mps_device
"""

EMPTY: Final = frozenset(_EMPTY.split())
"""Arguments of all these versions whose default is None, False or empty."""
