//! The ways of looping sound back that the demo compares.

use vcable_tests::cable::{Cable, positions};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// This project's.
    Vcable,
    /// A null sink, recorded at its monitor.
    NullSink,
    /// The program `pw-loopback`, with a virtual sink and a virtual source.
    Loopback,
}

impl Way {
    /// All of them, ours first.
    pub(crate) const ALL: [Self; 3] = [Self::Vcable, Self::NullSink, Self::Loopback];

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vcable => "vcable",
            Self::NullSink => "null-audio-sink monitor",
            Self::Loopback => "pw-loopback",
        }
    }

    /// The node that players play to.
    pub(crate) fn sink(self) -> &'static str {
        match self {
            Self::Vcable => "demo.sink",
            Self::NullSink => "null-sink",
            Self::Loopback => "loopback.sink",
        }
    }

    /// The node that holds the ports to record from.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Vcable => "demo.source",
            Self::NullSink => "null-sink",
            Self::Loopback => "loopback.source",
        }
    }

    /// What `parec --device` calls it.
    pub(crate) fn pulse_source(self) -> &'static str {
        match self {
            Self::NullSink => "null-sink.monitor",
            Self::Vcable | Self::Loopback => self.source(),
        }
    }

    /// The first channel's ports, as `pw-link` takes them: where to play to and where to record from.
    pub(crate) fn ports(self, channels: u32) -> (String, String) {
        let channel = positions(channels).into_iter().next().unwrap_or_default();
        let word = if self == Self::NullSink { "monitor" } else { "capture" };
        (format!("{}:playback_{channel}", self.sink()), format!("{}:{word}_{channel}", self.source()))
    }
}

/// The cable of the demo.
pub(crate) fn cable(channels: u32) -> Cable {
    Cable::new("demo", channels)
}

/// A drop-in that declares the null sink.
pub(crate) fn null_sink(channels: u32) -> String {
    format!(
        "context.objects = [ {{ factory = adapter args = {{ factory.name = support.null-audio-sink\n\
         node.name = {} media.class = Audio/Sink audio.channels = {channels}\n\
         audio.position = {} monitor.channel-volumes = false }} }} ]\n",
        Way::NullSink.sink(),
        position_array(channels)
    )
}

/// The arguments of `pw-loopback` for a pair of virtual devices. In their short forms, where 0.3.65 lacks the
/// long one.
pub(crate) fn loopback(channels: u32) -> [String; 6] {
    let device = |class: &str, node: &str| {
        let position = position_array(channels);
        format!("{{ media.class = {class} node.name = {node} audio.position = {position} }}")
    };
    [
        "-c".to_owned(),
        channels.to_string(),
        "-m".to_owned(),
        position_array(channels),
        format!("--capture-props={}", device("Audio/Sink", Way::Loopback.sink())),
        format!("--playback-props={}", device("Audio/Source", Way::Loopback.source())),
    ]
}

fn position_array(channels: u32) -> String {
    format!("[ {} ]", positions(channels).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_bear_the_first_channels_name() {
        assert_eq!(Way::Vcable.ports(2), ("demo.sink:playback_FL".into(), "demo.source:capture_FL".into()));
        assert_eq!(
            Way::NullSink.ports(1),
            ("null-sink:playback_MONO".into(), "null-sink:monitor_MONO".into())
        );
        assert_eq!(Way::Loopback.ports(12).1, "loopback.source:capture_AUX0");
    }

    #[test]
    fn the_cables_nodes_are_those_that_are_recorded() {
        use vcable_tests::cable::End;
        assert_eq!(cable(2).node(End::Sink), Way::Vcable.sink());
        assert_eq!(cable(2).node(End::Source), Way::Vcable.source());
    }
}
