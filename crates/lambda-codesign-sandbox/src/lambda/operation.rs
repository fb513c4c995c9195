//! The operations of Lambda's API 2015-03-31: their methods and paths (the service model that botocore ships).

use axum::http::Method;
use percent_encoding::percent_decode_str;

/// An operation of Lambda's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    CreateFunction,
    GetFunction,
    GetFunctionConfiguration,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    ListFunctions,
    DeleteFunction,
    PublishVersion,
    ListVersionsByFunction,
    CreateAlias,
    UpdateAlias,
    GetAlias,
    ListAliases,
    DeleteAlias,
    PublishLayerVersion,
    GetLayerVersion,
    GetLayerVersionByArn,
    ListLayers,
    ListLayerVersions,
    DeleteLayerVersion,
    CreateCodeSigningConfig,
    GetCodeSigningConfig,
    UpdateCodeSigningConfig,
    DeleteCodeSigningConfig,
    ListCodeSigningConfigs,
    ListFunctionsByCodeSigningConfig,
    PutFunctionCodeSigningConfig,
    GetFunctionCodeSigningConfig,
    DeleteFunctionCodeSigningConfig,
    ListTags,
    TagResource,
    UntagResource,
    /// The download of code that a location names: no operation of the model.
    DownloadCode,
    /// The service has it and the sandbox has not.
    Absent(&'static str),
}

/// The path of code to download, before its token.
pub(crate) const CODE_PATH: &str = "/2015-03-31/_code/";

impl Operation {
    /// Its name in the service model.
    pub(super) fn name(self) -> String {
        if let Self::Absent(name) = self {
            return name.to_owned();
        }
        format!("{self:?}")
    }
}

/// The values of a path's parameters, decoded, by their names in the model.
pub(super) type Parameters = Vec<(&'static str, String)>;

/// The operation of a request and the parameters of its path, which is split before it is decoded.
pub(super) fn find(method: &Method, path: &str, query: &str) -> Option<(Operation, Parameters)> {
    OPERATIONS.iter().find_map(|(of, template, operation)| {
        let (template, wanted) = template.split_once('?').unwrap_or((template, ""));
        let asked = wanted.is_empty() || query.split('&').any(|pair| pair == wanted);
        let parameters = (method.as_str() == *of && asked).then(|| matched(template, path))??;
        Some((*operation, parameters))
    })
}

fn matched(template: &'static str, path: &str) -> Option<Parameters> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut parameters = Vec::new();
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(found)) => match parameter(wanted) {
                Some(name) => parameters.push((name, decoded(found)?)),
                None if wanted == found => {}
                None => return None,
            },
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

/// Method, path and operation. What asks for a query comes before the same path without one.
const OPERATIONS: &[(&str, &str, Operation)] = &[
    ("GET", "/2015-03-31/_code/{Token}", Operation::DownloadCode),
    ("GET", "/2018-10-31/layers?find=LayerVersion", Operation::GetLayerVersionByArn),
    ("POST", "/2015-03-31/functions/{FunctionName}/aliases", Operation::CreateAlias),
    ("POST", "/2020-04-22/code-signing-configs", Operation::CreateCodeSigningConfig),
    ("POST", "/2015-03-31/functions", Operation::CreateFunction),
    ("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Operation::DeleteAlias),
    ("DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", Operation::DeleteCodeSigningConfig),
    ("DELETE", "/2015-03-31/functions/{FunctionName}", Operation::DeleteFunction),
    (
        "DELETE",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        Operation::DeleteFunctionCodeSigningConfig,
    ),
    ("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", Operation::DeleteLayerVersion),
    ("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Operation::GetAlias),
    ("GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", Operation::GetCodeSigningConfig),
    ("GET", "/2015-03-31/functions/{FunctionName}", Operation::GetFunction),
    (
        "GET",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        Operation::GetFunctionCodeSigningConfig,
    ),
    ("GET", "/2015-03-31/functions/{FunctionName}/configuration", Operation::GetFunctionConfiguration),
    ("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", Operation::GetLayerVersion),
    ("GET", "/2015-03-31/functions/{FunctionName}/aliases", Operation::ListAliases),
    ("GET", "/2020-04-22/code-signing-configs", Operation::ListCodeSigningConfigs),
    ("GET", "/2015-03-31/functions", Operation::ListFunctions),
    (
        "GET",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
        Operation::ListFunctionsByCodeSigningConfig,
    ),
    ("GET", "/2018-10-31/layers/{LayerName}/versions", Operation::ListLayerVersions),
    ("GET", "/2018-10-31/layers", Operation::ListLayers),
    ("GET", "/2017-03-31/tags/{Resource}", Operation::ListTags),
    ("GET", "/2015-03-31/functions/{FunctionName}/versions", Operation::ListVersionsByFunction),
    ("POST", "/2018-10-31/layers/{LayerName}/versions", Operation::PublishLayerVersion),
    ("POST", "/2015-03-31/functions/{FunctionName}/versions", Operation::PublishVersion),
    (
        "PUT",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        Operation::PutFunctionCodeSigningConfig,
    ),
    ("POST", "/2017-03-31/tags/{Resource}", Operation::TagResource),
    ("DELETE", "/2017-03-31/tags/{Resource}", Operation::UntagResource),
    ("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Operation::UpdateAlias),
    ("PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", Operation::UpdateCodeSigningConfig),
    ("PUT", "/2015-03-31/functions/{FunctionName}/code", Operation::UpdateFunctionCode),
    ("PUT", "/2015-03-31/functions/{FunctionName}/configuration", Operation::UpdateFunctionConfiguration),
    (
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL",
        Operation::Absent("ListProvisionedConcurrencyConfigs"),
    ),
    (
        "POST",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
        Operation::Absent("AddLayerVersionPermission"),
    ),
    ("POST", "/2015-03-31/functions/{FunctionName}/policy", Operation::Absent("AddPermission")),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint",
        Operation::Absent("CheckpointDurableExecution"),
    ),
    ("POST", "/2025-11-30/capacity-providers", Operation::Absent("CreateCapacityProvider")),
    ("POST", "/2015-03-31/event-source-mappings", Operation::Absent("CreateEventSourceMapping")),
    ("POST", "/2021-10-31/functions/{FunctionName}/url", Operation::Absent("CreateFunctionUrlConfig")),
    (
        "DELETE",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        Operation::Absent("DeleteCapacityProvider"),
    ),
    (
        "DELETE",
        "/2025-12-01/durable-executions/{DurableExecutionArn}",
        Operation::Absent("DeleteDurableExecution"),
    ),
    ("DELETE", "/2015-03-31/event-source-mappings/{UUID}", Operation::Absent("DeleteEventSourceMapping")),
    (
        "DELETE",
        "/2017-10-31/functions/{FunctionName}/concurrency",
        Operation::Absent("DeleteFunctionConcurrency"),
    ),
    (
        "DELETE",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        Operation::Absent("DeleteFunctionEventInvokeConfig"),
    ),
    ("DELETE", "/2021-10-31/functions/{FunctionName}/url", Operation::Absent("DeleteFunctionUrlConfig")),
    (
        "DELETE",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        Operation::Absent("DeleteProvisionedConcurrencyConfig"),
    ),
    ("DELETE", "/2026-07-09/resource-policy/{ResourceArn}", Operation::Absent("DeleteResourcePolicy")),
    ("GET", "/2016-08-19/account-settings", Operation::Absent("GetAccountSettings")),
    (
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        Operation::Absent("GetCapacityProvider"),
    ),
    ("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}", Operation::Absent("GetDurableExecution")),
    (
        "GET",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/history",
        Operation::Absent("GetDurableExecutionHistory"),
    ),
    (
        "GET",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/state",
        Operation::Absent("GetDurableExecutionState"),
    ),
    ("GET", "/2015-03-31/event-source-mappings/{UUID}", Operation::Absent("GetEventSourceMapping")),
    ("GET", "/2019-09-30/functions/{FunctionName}/concurrency", Operation::Absent("GetFunctionConcurrency")),
    (
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        Operation::Absent("GetFunctionEventInvokeConfig"),
    ),
    (
        "GET",
        "/2024-08-31/functions/{FunctionName}/recursion-config",
        Operation::Absent("GetFunctionRecursionConfig"),
    ),
    (
        "GET",
        "/2025-11-30/functions/{FunctionName}/function-scaling-config",
        Operation::Absent("GetFunctionScalingConfig"),
    ),
    ("GET", "/2021-10-31/functions/{FunctionName}/url", Operation::Absent("GetFunctionUrlConfig")),
    (
        "GET",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
        Operation::Absent("GetLayerVersionPolicy"),
    ),
    ("GET", "/2015-03-31/functions/{FunctionName}/policy", Operation::Absent("GetPolicy")),
    (
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        Operation::Absent("GetProvisionedConcurrencyConfig"),
    ),
    ("GET", "/2026-07-09/resource-policy/{ResourceArn}", Operation::Absent("GetResourcePolicy")),
    (
        "GET",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        Operation::Absent("GetRuntimeManagementConfig"),
    ),
    ("POST", "/2015-03-31/functions/{FunctionName}/invocations", Operation::Absent("Invoke")),
    ("POST", "/2014-11-13/functions/{FunctionName}/invoke-async", Operation::Absent("InvokeAsync")),
    (
        "POST",
        "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
        Operation::Absent("InvokeWithResponseStream"),
    ),
    ("GET", "/2025-11-30/capacity-providers", Operation::Absent("ListCapacityProviders")),
    (
        "GET",
        "/2025-12-01/functions/{FunctionName}/durable-executions",
        Operation::Absent("ListDurableExecutionsByFunction"),
    ),
    ("GET", "/2015-03-31/event-source-mappings", Operation::Absent("ListEventSourceMappings")),
    (
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
        Operation::Absent("ListFunctionEventInvokeConfigs"),
    ),
    ("GET", "/2021-10-31/functions/{FunctionName}/urls", Operation::Absent("ListFunctionUrlConfigs")),
    (
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
        Operation::Absent("ListFunctionVersionsByCapacityProvider"),
    ),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/pause",
        Operation::Absent("PauseDurableExecution"),
    ),
    ("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", Operation::Absent("PutFunctionConcurrency")),
    (
        "PUT",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        Operation::Absent("PutFunctionEventInvokeConfig"),
    ),
    (
        "PUT",
        "/2024-08-31/functions/{FunctionName}/recursion-config",
        Operation::Absent("PutFunctionRecursionConfig"),
    ),
    (
        "PUT",
        "/2025-11-30/functions/{FunctionName}/function-scaling-config",
        Operation::Absent("PutFunctionScalingConfig"),
    ),
    (
        "PUT",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        Operation::Absent("PutProvisionedConcurrencyConfig"),
    ),
    ("PUT", "/2026-07-09/resource-policy/{ResourceArn}", Operation::Absent("PutResourcePolicy")),
    (
        "PUT",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        Operation::Absent("PutRuntimeManagementConfig"),
    ),
    (
        "DELETE",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
        Operation::Absent("RemoveLayerVersionPermission"),
    ),
    (
        "DELETE",
        "/2015-03-31/functions/{FunctionName}/policy/{StatementId}",
        Operation::Absent("RemovePermission"),
    ),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/resume",
        Operation::Absent("ResumeDurableExecution"),
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
        Operation::Absent("SendDurableExecutionCallbackFailure"),
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
        Operation::Absent("SendDurableExecutionCallbackHeartbeat"),
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
        Operation::Absent("SendDurableExecutionCallbackSuccess"),
    ),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/stop",
        Operation::Absent("StopDurableExecution"),
    ),
    (
        "PUT",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        Operation::Absent("UpdateCapacityProvider"),
    ),
    ("PUT", "/2015-03-31/event-source-mappings/{UUID}", Operation::Absent("UpdateEventSourceMapping")),
    (
        "POST",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        Operation::Absent("UpdateFunctionEventInvokeConfig"),
    ),
    ("PUT", "/2021-10-31/functions/{FunctionName}/url", Operation::Absent("UpdateFunctionUrlConfig")),
];

#[cfg(test)]
mod tests {
    use super::{Method, Operation, find};

    #[test]
    fn a_path_is_split_before_it_is_decoded() {
        let path =
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ax%2Fy/code";
        let (operation, parameters) = find(&Method::PUT, path, "").unwrap();
        assert_eq!(operation, Operation::UpdateFunctionCode);
        assert_eq!(
            parameters,
            [("FunctionName", "arn:aws:lambda:us-east-1:123456789012:function:x/y".to_owned())]
        );
    }

    #[test]
    fn the_query_tells_two_operations_of_one_path_apart() {
        let found = |query| find(&Method::GET, "/2018-10-31/layers", query).unwrap().0;
        assert_eq!(found("Arn=x&find=LayerVersion"), Operation::GetLayerVersionByArn);
        assert_eq!(found(""), Operation::ListLayers);
    }

    #[test]
    fn the_rest_of_the_model_is_known_by_name_and_anything_else_is_not() {
        let found = find(&Method::POST, "/2015-03-31/functions/x/invocations", "").unwrap().0;
        assert_eq!(found, Operation::Absent("Invoke"));
        for path in ["/", "/2015-03-31/functions/%FF", "/2015-03-31/functions//code", "/2015-03-31/x"] {
            assert!(find(&Method::GET, path, "").is_none(), "{path}");
        }
    }
}
