//! The numbers of channel positions.

/// Where a channel's loudspeaker stands. The numbers are those of PipeWire's `enum spa_audio_channel`.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Not known.
    Unknown = 0,
    /// None: the channel is silent.
    Na = 1,
    /// The only channel.
    Mono = 2,
    /// Front left, 30 degrees.
    Fl = 3,
    /// Front right.
    Fr = 4,
    /// Front centre.
    Fc = 5,
    /// Low-frequency effects.
    Lfe = 6,
    /// Side left, 90 degrees.
    Sl = 7,
    /// Side right.
    Sr = 8,
    /// Front left of centre, 22.5 degrees.
    Flc = 9,
    /// Front right of centre.
    Frc = 10,
    /// Rear centre, 180 degrees.
    Rc = 11,
    /// Rear left, 110 degrees.
    Rl = 12,
    /// Rear right.
    Rr = 13,
    /// Top centre: overhead.
    Tc = 14,
    /// Top front left.
    Tfl = 15,
    /// Top front centre.
    Tfc = 16,
    /// Top front right.
    Tfr = 17,
    /// Top rear left.
    Trl = 18,
    /// Top rear centre.
    Trc = 19,
    /// Top rear right.
    Trr = 20,
    /// Rear left of centre, 135 degrees.
    Rlc = 21,
    /// Rear right of centre.
    Rrc = 22,
    /// Front left wide, 60 degrees.
    Flw = 23,
    /// Front right wide.
    Frw = 24,
    /// Second low-frequency effects.
    Lfe2 = 25,
    /// Front left high.
    Flh = 26,
    /// Front centre high.
    Fch = 27,
    /// Front right high.
    Frh = 28,
    /// Top front left of centre.
    Tflc = 29,
    /// Top front right of centre.
    Tfrc = 30,
    /// Top side left.
    Tsl = 31,
    /// Top side right.
    Tsr = 32,
    /// Left low-frequency effects.
    Llfe = 33,
    /// Right low-frequency effects.
    Rlfe = 34,
    /// Bottom centre.
    Bc = 35,
    /// Bottom left of centre.
    Blc = 36,
    /// Bottom right of centre.
    Brc = 37,
    /// The first of 64 numbered lines; line n is this number plus n.
    Aux0 = 0x1000,
}

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::remix::ChannelPosition;

    #[test]
    fn numbers_are_the_cores() {
        let named = [
            (Position::Unknown, ChannelPosition::Unknown),
            (Position::Na, ChannelPosition::Na),
            (Position::Mono, ChannelPosition::Mono),
            (Position::Fl, ChannelPosition::Fl),
            (Position::Fr, ChannelPosition::Fr),
            (Position::Fc, ChannelPosition::Fc),
            (Position::Lfe, ChannelPosition::Lfe),
            (Position::Sl, ChannelPosition::Sl),
            (Position::Sr, ChannelPosition::Sr),
            (Position::Flc, ChannelPosition::Flc),
            (Position::Frc, ChannelPosition::Frc),
            (Position::Rc, ChannelPosition::Rc),
            (Position::Rl, ChannelPosition::Rl),
            (Position::Rr, ChannelPosition::Rr),
            (Position::Tc, ChannelPosition::Tc),
            (Position::Tfl, ChannelPosition::Tfl),
            (Position::Tfc, ChannelPosition::Tfc),
            (Position::Tfr, ChannelPosition::Tfr),
            (Position::Trl, ChannelPosition::Trl),
            (Position::Trc, ChannelPosition::Trc),
            (Position::Trr, ChannelPosition::Trr),
            (Position::Rlc, ChannelPosition::Rlc),
            (Position::Rrc, ChannelPosition::Rrc),
            (Position::Flw, ChannelPosition::Flw),
            (Position::Frw, ChannelPosition::Frw),
            (Position::Lfe2, ChannelPosition::Lfe2),
            (Position::Flh, ChannelPosition::Flh),
            (Position::Fch, ChannelPosition::Fch),
            (Position::Frh, ChannelPosition::Frh),
            (Position::Tflc, ChannelPosition::Tflc),
            (Position::Tfrc, ChannelPosition::Tfrc),
            (Position::Tsl, ChannelPosition::Tsl),
            (Position::Tsr, ChannelPosition::Tsr),
            (Position::Llfe, ChannelPosition::Llfe),
            (Position::Rlfe, ChannelPosition::Rlfe),
            (Position::Bc, ChannelPosition::Bc),
            (Position::Blc, ChannelPosition::Blc),
            (Position::Brc, ChannelPosition::Brc),
        ];
        for (ours, theirs) in named {
            assert_eq!(ours as u32, theirs.id());
        }
        let ids = 0..Position::Aux0 as u32;
        assert_eq!(ids.filter_map(ChannelPosition::from_id).count(), named.len());
        assert_eq!(ChannelPosition::aux(0).map(ChannelPosition::id), Some(Position::Aux0 as u32));
    }
}
