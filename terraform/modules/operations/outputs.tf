output "database_status_document" {
  description = "Name of the document that reports on a database's machine."
  value       = aws_ssm_document.this["database-status"].name
}
