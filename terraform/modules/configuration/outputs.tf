output "kms_key_arn" {
  description = "ARN of the environment's KMS key, known once its policy is in place."
  value       = aws_kms_key.this.arn
}

output "secret_arns" {
  description = "ARN of the SSM parameter of each secret, by slot and key. Where a slot's databases are is its own."
  value = {
    for slot in ["blue", "green"] : slot => {
      for key in var.secret_keys :
      key => "${local.parameter_arn_prefix}/${contains(var.slot_keys, key) ? "${slot}/" : ""}${key}"
    }
  }
}

output "database_password_parameters" {
  description = "Name of the SSM parameter with the password of each database's first user."
  value       = { for name, key in var.database_password_keys : name => "${local.parameter_prefix}/${key}" }
}

output "database_password_parameter_arns" {
  description = "ARN of the SSM parameter with the password of each database's first user."
  value       = { for name, key in var.database_password_keys : name => "${local.parameter_arn_prefix}/${key}" }
}
