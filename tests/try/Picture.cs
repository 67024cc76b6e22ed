namespace HypervVfattach.Try;

/// <summary>Small pictures of the pair, with the path that the traffic takes.</summary>
/// <param name="Synthetic">The synthetic's name.</param>
/// <param name="Vf">The VF's name.</param>
/// <param name="Address">The guest's address.</param>
internal sealed record Picture(string Synthetic, string Vf, string Address)
{
    /// <summary>There is no VF yet.</summary>
    public string Before => $"""
        peer ==== {Synthetic} (synthetic) ==== {Address}
        """;

    /// <summary>Joined, and the VF is used.</summary>
    public string OnVf => $"""
                 +-- {Pad(Synthetic)} (synthetic) --+
        peer ====+                          +==== bond-{Synthetic} ==== {Address}
                 +== {Pad(Vf)} (VF) =========+
        """;

    /// <summary>Joined, and the VF is away.</summary>
    public string WithoutVf => $"""
                 +== {Pad(Synthetic)} (synthetic) ==+
        peer ====+                          +==== bond-{Synthetic} ==== {Address}
                 :   {Pad(Vf)} (away)       :
        """;

    /// <summary>Not joined any more, with the VF in place.</summary>
    public string Detached => $"""
        peer ==== {Synthetic} (synthetic) ==== {Address}
             ---- {Pad(Vf)} (VF, unused)
        """;

    private string Pad(string name) => name.PadRight(Synthetic.Length);
}
