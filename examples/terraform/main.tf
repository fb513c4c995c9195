# A function under a code signing config that enforces, whose package is signed on the way.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "signing_bucket" {
  description = "A bucket that keeps versions, in the region of the profile."
  type        = string
}

variable "role_arn" {
  description = "The function's role."
  type        = string
}

resource "aws_signer_signing_profile" "release" {
  name        = "release_2026"
  platform_id = "AWSLambda-SHA384-ECDSA"
}

resource "aws_lambda_code_signing_config" "enforced" {
  description = "Signed by release_2026 alone"
  allowed_publishers {
    signing_profile_version_arns = [aws_signer_signing_profile.release.version_arn]
  }
  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}

module "app" {
  source          = "./signed-package"
  package         = "${path.module}/app"
  signing_profile = aws_signer_signing_profile.release.name
  options         = { bucket = var.signing_bucket }
}

resource "aws_lambda_function" "app" {
  function_name           = "app"
  role                    = var.role_arn
  runtime                 = "python3.13"
  handler                 = "app.handler"
  filename                = module.app.path
  source_code_hash        = module.app.source_code_hash
  code_signing_config_arn = aws_lambda_code_signing_config.enforced.arn
}
