//! Hardware with a wrong clock: nodes of the plugin in `tests/clock`, as the tests declare them.

use std::fmt::Write as _;

/// The drop-in that tells the daemon where the factory lives.
pub const SPA_LIBS: &str = "context.spa-libs = { test.vcable.* = vcable/libspa-vcable-test-clock }\n";

/// A sink that drives whatever is linked to it, more willingly than any cable does. It swallows the sound.
#[derive(Clone, Debug)]
pub struct TestClock {
    name: String,
    properties: String,
}

impl TestClock {
    /// A stereo sink of that name whose clock runs `ppm` too fast.
    pub fn new(name: &str, ppm: f64) -> Self {
        Self { name: name.to_owned(), properties: String::new() }.with("clock.ppm", &ppm.to_string())
    }

    /// Lets its offset swing around the set one: a sine of that amplitude in ppm and period in seconds.
    #[must_use]
    pub fn wander(self, ppm: f64, seconds: f64) -> Self {
        self.with("clock.wander.ppm", &ppm.to_string()).with("clock.wander.seconds", &seconds.to_string())
    }

    /// Makes its wake-ups late by that much (root mean square, in us), but not the time it tells.
    #[must_use]
    pub fn jitter(self, us: f64, seed: u64) -> Self {
        self.with("clock.jitter.us", &us.to_string()).with("clock.seed", &seed.to_string())
    }

    /// Adds a property; the value is SPA-JSON.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        let _ = write!(self.properties, " {key} = {value}");
        self
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        &self.name
    }

    /// Its left port, as `pw-link` takes it.
    pub fn port(&self) -> String {
        format!("{}:playback_FL", self.name)
    }

    /// A drop-in that declares these clocks.
    pub fn drop_in(clocks: &[Self]) -> String {
        let objects: Vec<_> = clocks.iter().map(Self::object).collect();
        format!("context.objects = [\n  {}\n]\n", objects.join("\n  "))
    }

    /// No volume: what is swallowed needs none. The priority is above every sound card's.
    fn object(&self) -> String {
        let fixed = "factory.name = test.vcable.clock media.class = Audio/Sink audio.channels = 2 \
                     node.driver = true priority.driver = 9000";
        let (name, more) = (&self.name, &self.properties);
        format!("{{ factory = adapter args = {{ {fixed} node.name = {name}{more} }} flags = [ nofail ] }}")
    }
}
