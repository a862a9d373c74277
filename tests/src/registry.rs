//! What the daemon holds: nodes and their state, read with `pw-dump`; links made with `pw-link`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::instance::Instance;
use crate::wait::{DEADLINE, poll_until};

/// A node as `pw-dump` shows it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The global id.
    pub id: u32,
    /// `suspended`, `idle`, `running`, `error` or `creating`.
    pub state: String,
    /// All properties.
    pub properties: Value,
}

impl Node {
    /// A property as text, empty when absent.
    pub fn property(&self, key: &str) -> String {
        match self.properties.get(key) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

impl Instance {
    /// All objects.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub fn dump(&self) -> Result<Vec<Value>> {
        let text = self.run("pw-dump", &[])?;
        let mut objects = BTreeMap::new();
        // When something changes meanwhile, a second list follows: with the news, and the removed without info.
        for list in serde_json::Deserializer::from_str(&text).into_iter::<Vec<Value>>() {
            for object in list.context("pw-dump's JSON")? {
                objects.insert(id(&object), object);
            }
        }
        objects.retain(|_, object| !object["info"].is_null() || !object["props"].is_null());
        Ok(objects.into_values().collect())
    }

    /// The node of this name, if there is one.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub fn node(&self, name: &str) -> Result<Option<Node>> {
        Ok(nodes(&self.dump()?).find(|node| node.property("node.name") == name))
    }

    /// The names of all nodes.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub fn node_names(&self) -> Result<Vec<String>> {
        Ok(nodes(&self.dump()?).map(|node| node.property("node.name")).collect())
    }

    /// Waits until the node has ports, so that it can be linked.
    ///
    /// # Errors
    /// It does not appear in time.
    pub fn wait_ports(&self, node: &str) -> Result<Node> {
        poll_until(&format!("ports of {node}"), DEADLINE, || {
            let objects = self.dump()?;
            let found = nodes(&objects).find(|known| known.property("node.name") == node);
            Ok(found.filter(|found| objects.iter().any(|object| is_port_of(object, found.id))))
        })
    }

    /// Waits until the node is gone.
    ///
    /// # Errors
    /// It does not go in time.
    pub fn wait_gone(&self, node: &str) -> Result<()> {
        poll_until(&format!("{node} to go"), DEADLINE, || Ok(self.node(node)?.is_none().then_some(())))
    }

    /// Waits until the node runs.
    ///
    /// # Errors
    /// It does not run in time.
    pub fn wait_running(&self, node: &str) -> Result<()> {
        poll_until(&format!("{node} to run"), DEADLINE, || {
            Ok(self.node(node)?.filter(|node| node.state == "running").map(drop))
        })
    }

    /// Links an output port to an input port (`node:port`), as soon as both exist.
    ///
    /// # Errors
    /// They do not appear in time, or cannot be linked.
    pub fn link(&self, output: &str, input: &str) -> Result<()> {
        let mut last = String::new();
        poll_until(&format!("a link from {output} to {input}"), DEADLINE, || {
            match self.run("pw-link", &[output, input]) {
                Ok(_) => return Ok(Some(())),
                Err(error) => last = error.to_string(),
            }
            Ok(last.contains("File exists").then_some(()))
        })
        .with_context(|| last.clone())
    }

    /// Removes a link.
    ///
    /// # Errors
    /// There is no such link.
    pub fn unlink(&self, output: &str, input: &str) -> Result<()> {
        self.run("pw-link", &["--disconnect", output, input]).map(drop)
    }
}

fn nodes(objects: &[Value]) -> impl Iterator<Item = Node> + '_ {
    objects.iter().filter(|object| kind(object) == "PipeWire:Interface:Node").map(|object| {
        let info = &object["info"];
        Node {
            id: id(object),
            state: info["state"].as_str().unwrap_or_default().to_owned(),
            properties: info["props"].clone(),
        }
    })
}

fn kind(object: &Value) -> &str {
    object["type"].as_str().unwrap_or_default()
}

fn id(object: &Value) -> u32 {
    object["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or(u32::MAX)
}

fn is_port_of(object: &Value, node: u32) -> bool {
    kind(object) == "PipeWire:Interface:Port"
        && object["info"]["props"]["node.id"].as_u64() == Some(u64::from(node))
}
