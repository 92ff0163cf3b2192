variable "name_prefix" {
  type        = string
  description = "Begin of the documents' names."
}

variable "region" {
  type        = string
  description = "AWS region, for the AWS command line on the machines."
}
