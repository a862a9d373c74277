//! Cables as the tests declare them: SPA-JSON for the daemon's settings and for `pw-cli`.

use std::fmt::Write as _;

/// Which end of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where players play to.
    Sink,
    /// Where recorders record from.
    Source,
}

impl End {
    /// `sink` or `source`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Source => "source",
        }
    }

    /// The factory's name.
    pub fn factory(self) -> String {
        format!("api.vcable.{}", self.word())
    }

    fn media_class(self) -> &'static str {
        match self {
            Self::Sink => "Audio/Sink",
            Self::Source => "Audio/Source",
        }
    }
}

/// Channel names for `count` channels: the layouts that every client knows, AUX above 8.
pub fn positions(count: u32) -> Vec<String> {
    let known: &[&str] = match count {
        1 => &["MONO"],
        2 => &["FL", "FR"],
        6 => &["FL", "FR", "FC", "LFE", "RL", "RR"],
        8 => &["FL", "FR", "FC", "LFE", "RL", "RR", "SL", "SR"],
        _ => return (0..count).map(|channel| format!("AUX{channel}")).collect(),
    };
    known.iter().map(|&name| name.to_owned()).collect()
}

/// A cable: nodes `<name>.sink` and `<name>.source`.
#[derive(Clone, Debug)]
pub struct Cable {
    name: String,
    properties: Vec<(String, String)>,
    channels: u32,
}

impl Cable {
    /// A cable with the positions of [`positions`].
    pub fn new(name: &str, channels: u32) -> Self {
        let cable = Self { name: name.to_owned(), properties: Vec::new(), channels };
        cable
            .with("audio.channels", &channels.to_string())
            .with("audio.position", &format!("[ {} ]", positions(channels).join(" ")))
    }

    /// Sets (or replaces) a property of both ends; the value is SPA-JSON.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.properties.retain(|(known, _)| known != key);
        self.properties.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Removes a property.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.properties.retain(|(known, _)| known != key);
        self
    }

    /// The cable's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many channels it was made with.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// The node's name of one end.
    pub fn node(&self, end: End) -> String {
        format!("{}.{}", self.name, end.word())
    }

    /// The arguments for the `adapter` factory, in braces.
    pub fn arguments(&self, end: End) -> String {
        let mut text = format!(
            "{{ factory.name = {} node.name = {} media.class = {} vcable.name = {} node.cache-params = false",
            end.factory(),
            self.node(end),
            end.media_class(),
            self.name
        );
        for (key, value) in &self.properties {
            let _ = write!(text, " {key} = {value}");
        }
        text.push_str(" }");
        text
    }

    /// An entry of `context.objects` for one end.
    pub fn object(&self, end: End) -> String {
        format!("{{ factory = adapter args = {} flags = [ nofail ] }}", self.arguments(end))
    }

    /// A drop-in that declares these cables.
    pub fn drop_in(cables: &[Self]) -> String {
        let objects: Vec<_> =
            cables.iter().flat_map(|cable| [cable.object(End::Sink), cable.object(End::Source)]).collect();
        format!("context.objects = [\n  {}\n]\n", objects.join("\n  "))
    }
}

/// The drop-in that tells the daemon where the factories live.
pub const SPA_LIBS: &str = "context.spa-libs = { api.vcable.* = vcable/libspa-vcable }\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_set_twice_counts_once() {
        let cable = Cable::new("a", 2).with("audio.rate", "1").with("audio.rate", "2");
        let text = cable.arguments(End::Sink);
        assert!(text.contains("audio.rate = 2"), "{text}");
        assert!(!text.contains("audio.rate = 1"), "{text}");
    }

    #[test]
    fn ends_share_the_cable_name_and_differ_in_node_and_factory() {
        let cable = Cable::new("a", 2);
        let (sink, source) = (cable.arguments(End::Sink), cable.arguments(End::Source));
        assert!(sink.contains("factory.name = api.vcable.sink node.name = a.sink media.class = Audio/Sink"));
        assert!(source.contains("factory.name = api.vcable.source node.name = a.source"));
        assert!(sink.contains("vcable.name = a ") && source.contains("vcable.name = a "));
    }
}
