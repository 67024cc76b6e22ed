using HypervVfattach.Core;

namespace HypervVfattach.Report;

/// <summary>The words that programs may depend on.</summary>
internal static class StatusWords
{
    /// <summary>A state, for JSON and for a label's value.</summary>
    public static string Of(PairStatus pair) => pair.State switch
    {
        PairState.Joined => JoinKinds.NameOf(pair.Join!.Kind),
        PairState.Transparent => "transparent",
        PairState.NoVf => "no-vf",
        PairState.NoDriver => "no-driver",
        PairState.NotJoined => "not-joined",
        PairState.OtherProgram => "other-program",
        PairState.TakenApart => "taken-apart",
        PairState.Unfinished => "unfinished",
        _ => "damaged",
    };

    /// <summary>The active path.</summary>
    public static string Of(Carrier carrier) => carrier switch
    {
        Carrier.Vf => "vf",
        Carrier.Synthetic => "synthetic",
        Carrier.Unknown => "unknown",
        _ => "nothing",
    };
}
