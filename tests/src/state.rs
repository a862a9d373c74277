//! How a cable does: the state in the `Props` of its ends, read with `pw-dump`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::instance::Instance;

/// What the `Props` of a node list under names of our own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(BTreeMap<String, Value>);

impl State {
    /// A count or a time; 0 when it is not listed.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).and_then(Value::as_u64).unwrap_or(0)
    }

    /// A measure; 0 when it is not listed.
    pub fn number(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or(0.0)
    }

    /// A word; empty when it is not listed.
    pub fn word(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Instance {
    /// The values of one end of a cable whose names begin with `vcable.`.
    ///
    /// # Errors
    /// The daemon does not answer, or there is no such node, or it lists none.
    pub fn state(&self, node: &str) -> Result<State> {
        let objects = self.dump()?;
        let is_it = |object: &&Value| object["info"]["props"]["node.name"].as_str() == Some(node);
        let found = objects.iter().find(is_it).with_context(|| format!("no node {node}"))?;
        let props = found["info"]["params"]["Props"].as_array();
        let lists = props.into_iter().flatten().filter_map(|props| props["params"].as_array());
        let mut state = BTreeMap::new();
        for pair in lists.flat_map(|list| list.chunks_exact(2)) {
            if let [Value::String(name), value] = pair {
                if name.starts_with("vcable.") {
                    state.insert(name.clone(), value.clone());
                }
            }
        }
        ensure!(!state.is_empty(), "{node} lists nothing of its own: {}", found["info"]["params"]["Props"]);
        Ok(State(state))
    }
}
