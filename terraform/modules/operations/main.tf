locals {
  documents = {
    "database-status" = {
      description = "Reports the state of Neo4j, its version and the space on its data volume, as JSON"
      timeout     = 60
    }
  }
}

resource "aws_ssm_document" "this" {
  for_each = local.documents

  name            = "${var.name_prefix}-${each.key}"
  document_type   = "Command"
  document_format = "JSON"
  target_type     = "/AWS::EC2::Instance"

  content = jsonencode({
    schemaVersion = "2.2"
    description   = each.value.description
    mainSteps = [{
      action = "aws:runShellScript"
      name   = replace(each.key, "-", "_")
      inputs = {
        timeoutSeconds = tostring(each.value.timeout)
        runCommand     = split("\n", trimspace(file("${path.module}/scripts/${each.key}.sh")))
      }
    }]
  })
}
