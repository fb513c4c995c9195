# A signed deployment package: zip or folder in, signed zip and its hash out.
#
# What was signed before is taken again where it still verifies, so a plan that changes nothing signs nothing.

terraform {
  required_version = ">= 1.3"
  required_providers {
    external = {
      source  = "hashicorp/external"
      version = ">= 2.3"
    }
  }
}

variable "package" {
  description = "The zip, or the folder to pack."
  type        = string
}

variable "signing_profile" {
  description = "A profile of AWS Signer, or local:NAME."
  type        = string
}

variable "options" {
  description = "More keys of the query, such as bucket, region, prefix, out_dir, renew_before, trust_root, profile_dir."
  type        = map(string)
  default     = {}
}

variable "program" {
  description = "The command line."
  type        = string
  default     = "lambda-codesign"
}

data "external" "signed" {
  program = [var.program, "terraform", "external"]
  query   = merge(var.options, { package = var.package, signing_profile = var.signing_profile })
}

output "path" {
  description = "The signed zip."
  value       = data.external.signed.result.path
}

output "source_code_hash" {
  description = "Its SHA-256 in base64, as Lambda shows it."
  value       = data.external.signed.result.source_code_hash
}

output "signing_profile_version_arn" {
  description = "The publisher that a code signing config has to allow."
  value       = data.external.signed.result.signing_profile_version_arn
}

output "signing_job_arn" {
  description = "The job that signed it."
  value       = data.external.signed.result.signing_job_arn
}

output "expires" {
  description = "When the signature ends."
  value       = data.external.signed.result.expires
}
