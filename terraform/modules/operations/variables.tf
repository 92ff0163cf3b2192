variable "name_prefix" {
  type        = string
  description = "Begin of the documents' names."
}
