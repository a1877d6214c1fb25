//! Compiles `proto/` without a system `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};

const FILES: &[&str] = &[
    "allot/agent/v1/agent.proto",
    "allot/agent/v1/app.proto",
    "allot/agent/v1/catalogue.proto",
    "allot/agent/v1/federation.proto",
    "allot/agent/v1/ledger.proto",
    "allot/agent/v1/recipe.proto",
    "allot/agent/v1/recipe_test.proto",
    "allot/agent/v1/resolution.proto",
    "allot/agent/v1/secret.proto",
    "allot/hub/v1/admin.proto",
    "allot/hub/v1/enrolment.proto",
    "allot/hub/v1/ledger.proto",
];

/// Messages that carry secret values: their `Debug` is written by hand and redacts.
const REDACTED: &[&str] = &[
    "allot.agent.v1.InsertSecretRequest",
    "allot.agent.v1.GeneratedSecret",
    "allot.agent.v1.JoinRequest",
    "allot.hub.v1.EnrolRequest",
    "allot.hub.v1.CreateInviteResponse",
    "allot.hub.v1.RotateIssuerRequest",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());
    let set = protox::compile(FILES, [&root])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), set.encode_to_vec())?;

    let mut builder = tonic_prost_build::configure()
        .type_attribute(".", "#[derive(::serde::Serialize)]")
        .type_attribute(".", "#[serde(rename_all = \"snake_case\")]")
        .emit_rerun_if_changed(false)
        .skip_debug(REDACTED);
    for (field, rust_enum) in enum_fields(&set) {
        let attribute =
            format!("#[serde(serialize_with = \"crate::json::enum_name::<{rust_enum}, _>\")]");
        builder = builder.field_attribute(field, attribute);
    }
    for oneof in oneofs(&set) {
        builder = builder.field_attribute(oneof, "#[serde(flatten)]");
    }
    builder.compile_fds(set)?;
    Ok(())
}

/// Every message of the set with its full name.
fn messages(set: &FileDescriptorSet) -> impl Iterator<Item = (String, &DescriptorProto)> {
    set.file.iter().flat_map(|file| {
        file.message_type
            .iter()
            .map(|m| (format!("{}.{}", file.package(), m.name()), m))
    })
}

/// Enum fields (prost holds them as `i32`) and the Rust enum that names their values.
fn enum_fields(set: &FileDescriptorSet) -> Vec<(String, String)> {
    messages(set)
        .flat_map(|(name, message)| {
            message
                .field
                .iter()
                .filter(|f| f.r#type() == Type::Enum)
                .map(move |f| {
                    let rust = f.type_name().trim_start_matches('.').replace('.', "::");
                    (format!("{name}.{}", f.name()), format!("crate::{rust}"))
                })
        })
        .collect()
}

fn oneofs(set: &FileDescriptorSet) -> Vec<String> {
    messages(set)
        .flat_map(|(name, message)| {
            let real = message
                .oneof_decl
                .iter()
                .filter(|o| !o.name().starts_with('_'));
            real.map(move |o| format!("{name}.{}", o.name()))
        })
        .collect()
}
