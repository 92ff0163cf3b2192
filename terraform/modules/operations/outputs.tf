output "documents" {
  description = "Name of each document, by what it does."
  value       = { for name, document in aws_ssm_document.this : name => document.name }
}
