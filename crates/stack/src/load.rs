//! From files to the model.

use std::collections::BTreeMap;

use crate::decode::{Context, decode};
use crate::error::StackError;
use crate::interpolate::interpolate;
use crate::limits::Limits;
use crate::merge::merge;
use crate::model::{Compose, Content, Environment, FileObject, Service};
use crate::source::{FileRefusal, FileSource, SourceFile, join_path, recipe_path};
use crate::types::env_file::parse_env_file;
use crate::types::volume::is_absolute;
use crate::warning::{Warning, WarningKind};
use crate::yaml;

/// How to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The directory that relative bind sources are relative to. The docker CLI takes that of
    /// the first file. Without one (a recipe read from git) such a source is refused.
    pub working_dir: Option<String>,
    /// Bounds.
    pub limits: Limits,
}

/// A stack and what was noticed on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The model.
    pub model: Compose,
    /// Remarks, in the order of the files.
    pub warnings: Vec<Warning>,
}

/// Reads, interpolates, checks and merges compose files, as the docker CLI does.
///
/// `env` is the only source of variables: nothing is taken from the process. `files` gives what
/// `env_file:` and `file:` name.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn load(
    inputs: &[SourceFile],
    env: &BTreeMap<String, String>,
    files: &dyn FileSource,
    options: &LoadOptions,
) -> Result<Loaded, StackError> {
    let total: usize = inputs.iter().map(|f| f.bytes.len()).sum();
    if let Some(first) = inputs.first()
        && total > options.limits.total_bytes
    {
        let limit = options.limits.total_bytes;
        return Err(StackError::TooMuch {
            file: first.name.clone(),
            what: "the size of all files in bytes",
            limit,
        });
    }
    let loader = Loader {
        env,
        files,
        options,
    };
    let mut warnings = Vec::new();
    let mut merged: Option<Compose> = None;
    for input in inputs {
        let (compose, remarks) = loader.file(input)?;
        warnings.extend(remarks);
        match &mut merged {
            None => merged = Some(compose),
            Some(base) => {
                check_versions(base, &compose, &input.name)?;
                merge(base, compose);
            }
        }
    }
    let mut model = merged.ok_or(StackError::NoFiles)?;
    loader.contents(&mut model);
    Ok(Loaded { model, warnings })
}

fn check_versions(base: &Compose, over: &Compose, file: &str) -> Result<(), StackError> {
    if base.version == over.version {
        return Ok(());
    }
    let reason = format!(
        "its version is {}, and that of the files before it is {}",
        over.version, base.version
    );
    Err(StackError::Version {
        file: file.to_owned(),
        reason,
    })
}

struct Loader<'a> {
    env: &'a BTreeMap<String, String>,
    files: &'a dyn FileSource,
    options: &'a LoadOptions,
}

impl Loader<'_> {
    fn file(&self, input: &SourceFile) -> Result<(Compose, Vec<Warning>), StackError> {
        let limits = &self.options.limits;
        let ctx = Context::new(&input.name);
        let mut node = yaml::parse(&input.name, &input.bytes, limits)?;
        interpolate(&mut node, self.env, limits, &ctx)?;
        let mut compose = decode(&node, &ctx)?.compose;
        let (mut warnings, places) = ctx.finish();
        compose.places = places;
        for (name, service) in &mut compose.services {
            let service = Resolver {
                loader: self,
                path: format!("services.{name}"),
                places: &compose.places,
            }
            .service(service, &mut warnings);
            service?;
        }
        Ok((compose, warnings))
    }

    /// Reads what is in secrets and configs; what cannot be read is found out at conversion,
    /// as in the docker CLI.
    fn contents(&self, model: &mut Compose) {
        for object in model.secrets.values_mut().chain(model.configs.values_mut()) {
            if !object.external && object.driver.is_empty() {
                object.content = Some(self.content(object));
            }
        }
    }

    fn content(&self, object: &FileObject) -> Result<Content, FileRefusal> {
        if !object.environment.is_empty() {
            let value = self
                .env
                .get(&object.environment)
                .ok_or(FileRefusal::UnsetVariable)?;
            return Ok(Content::new(value.clone().into_bytes()));
        }
        if object.file.is_empty() {
            return Err(FileRefusal::NoSource);
        }
        self.read(&object.file).map(Content::new)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileRefusal> {
        let limit = self.options.limits.content_bytes;
        let bytes = self.files.read(&recipe_path(path)?, limit)?;
        if bytes.len() > limit {
            Err(FileRefusal::TooLarge { limit })
        } else {
            Ok(bytes)
        }
    }
}

/// Resolves what in a service depends on its surroundings.
struct Resolver<'a> {
    loader: &'a Loader<'a>,
    path: String,
    places: &'a crate::model::Places,
}

impl Resolver<'_> {
    fn service(
        &self,
        service: &mut Service,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), StackError> {
        let mut environment = Environment::new();
        let mut from_files = Environment::new();
        for file in &service.env_file {
            from_files.extend(self.env_file(file)?.into_iter().map(|(k, v)| (k, Some(v))));
        }
        self.fill(&mut environment, from_files);
        self.fill(&mut environment, std::mem::take(&mut service.environment));
        service.environment = environment;
        for index in 0..service.volumes.len() {
            self.bind_source(service, index, warnings)?;
        }
        Ok(())
    }

    fn env_file(&self, file: &str) -> Result<BTreeMap<String, String>, StackError> {
        let path = format!("{}.env_file", self.path);
        let place = self.places.nearest(&path);
        let bytes = self.loader.read(file).map_err(|reason| StackError::File {
            place: place.clone(),
            path: path.clone(),
            file: file.to_owned(),
            reason,
        })?;
        parse_env_file(&bytes, self.loader.env).map_err(|(line, reason)| {
            let place = crate::error::Place {
                file: file.to_owned(),
                line,
                column: 1,
            };
            StackError::BadValue {
                place: Some(place),
                path,
                reason: reason.to_owned(),
            }
        })
    }

    /// A variable that is empty or has no value takes that of the env, if there is one.
    fn fill(&self, out: &mut Environment, variables: Environment) {
        for (name, value) in variables {
            let value = match value {
                Some(text) if !text.is_empty() => Some(text),
                value => self.loader.env.get(&name).cloned().or(value),
            };
            out.insert(name, value);
        }
    }

    fn bind_source(
        &self,
        service: &mut Service,
        index: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), StackError> {
        let Some(volume) = service.volumes.get_mut(index).filter(|v| v.kind == "bind") else {
            return Ok(());
        };
        let path = format!("{}.volumes[{index}]", self.path);
        let place = self.places.nearest(&path);
        if volume.source.starts_with('~') {
            match self.loader.env.get("HOME") {
                Some(home) => volume.source = volume.source.replacen('~', home, 1),
                None => warnings.push(Warning {
                    kind: WarningKind::UnsetVariable,
                    place: place.clone(),
                    path: path.clone(),
                    message: "`~` stays as it is: the env has no HOME".to_owned(),
                }),
            }
        }
        if is_absolute(&volume.source) {
            return Ok(());
        }
        let Some(directory) = &self.loader.options.working_dir else {
            let source_path = volume.source.clone();
            return Err(StackError::RelativeBind {
                place,
                path,
                source_path,
            });
        };
        volume.source = join_path(directory, &volume.source);
        Ok(())
    }
}
