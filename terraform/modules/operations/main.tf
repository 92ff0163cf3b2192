locals {
  # What a document may be given. The values stand in its script between quotes, so that none of them may
  # hold one: the patterns are what keeps a parameter from becoming a command.
  parameters = {
    workId            = { pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Names the work that a copy is made for" }
    database          = { pattern = "^[a-z][a-z0-9-]{0,30}$", description = "Name of the database" }
    bucket            = { pattern = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description = "Bucket of the backups" }
    key               = { pattern = "^[a-z0-9][a-z0-9/._-]{1,200}$", description = "Key of the dump in the bucket" }
    versionId         = { pattern = "^[A-Za-z0-9._+/=-]{1,200}$", description = "Version of the object that holds the dump" }
    sha256            = { pattern = "^[0-9a-f]{64}$", description = "SHA-256 of the dump" }
    sizeBytes         = { pattern = "^[0-9]{1,15}$", description = "Size of the dump" }
    passwordParameter = { pattern = "^/[A-Za-z0-9_./-]{1,500}$", description = "SSM parameter of the password of user neo4j" }
    volumeId          = { pattern = "^vol-[0-9a-f]{8,17}$", description = "Volume with a copy of a database" }
  }

  stored_dump = ["bucket", "key", "versionId", "sha256", "sizeBytes", "passwordParameter"]

  # Timeouts in seconds: generous, since a big database is slow, and a command that is stopped in its middle
  # only has to be sent again.
  documents = {
    "database-status" = {
      description = "Reports the state of Neo4j, its fence, its version and the space on its data volume, as JSON"
      timeout     = 60
      parameters  = []
    }
    "database-fence" = {
      description = "Makes the database read-only and copies its store, in one restart"
      timeout     = 2 * 3600
      parameters  = ["workId"]
    }
    "database-unfence" = {
      description = "Allows writes to the database again"
      timeout     = 3600
      parameters  = []
    }
    "database-dump" = {
      description = "Dumps the copy that database-fence made, checks the dump and stores it in S3"
      timeout     = 6 * 3600
      parameters  = ["workId", "database", "bucket", "key"]
    }
    "database-scratch-start" = {
      description = "Restores a dump from S3 into a second Neo4j beside the first, on port 7688"
      timeout     = 6 * 3600
      parameters  = local.stored_dump
    }
    "database-scratch-volume" = {
      description = "Starts a second Neo4j on the data of an attached copy of the data volume, on port 7688"
      timeout     = 3600
      parameters  = ["volumeId"]
    }
    "database-volume-dump" = {
      description = "Dumps the database on an attached copy of the data volume, checks the dump and stores it in S3"
      timeout     = 6 * 3600
      parameters  = ["volumeId", "database", "bucket", "key"]
    }
    "database-scratch-stop" = {
      description = "Stops the second Neo4j and removes what it left"
      timeout     = 1800
      parameters  = []
    }
    "database-restore" = {
      description = "Puts a dump from S3 in the place of the database, whose data is kept beside it"
      timeout     = 6 * 3600
      parameters  = local.stored_dump
    }
    "database-discard" = {
      description = "Removes the copies of the database and the data that a restore replaced"
      timeout     = 1800
      parameters  = []
    }
  }

  # A parameter is a variable of the same name in capitals: workId is WORK_ID.
  variables = {
    for name in keys(local.parameters) : name => upper(replace(name, "/([a-z])([A-Z])/", "$${1}_$${2}"))
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
    parameters = {
      for name in each.value.parameters : name => {
        type           = "String"
        description    = local.parameters[name].description
        allowedPattern = local.parameters[name].pattern
      }
    }
    mainSteps = [{
      action = "aws:runShellScript"
      name   = replace(each.key, "-", "_")
      inputs = {
        timeoutSeconds = tostring(each.value.timeout)
        runCommand = concat(
          ["#!/bin/bash", "set -euo pipefail"],
          ["export AWS_DEFAULT_REGION=\"$${AWS_DEFAULT_REGION:-${var.region}}\" AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=5"],
          [for name in each.value.parameters : "readonly ${local.variables[name]}='{{ ${name} }}'"],
          split("\n", trimspace(file("${path.module}/scripts/machine.sh"))),
          split("\n", trimspace(file("${path.module}/scripts/${each.key}.sh"))),
        )
      }
    }]
  })
}
