namespace HypervVfattach.Try;

/// <summary>Small pictures of the pair with the path of the traffic.</summary>
/// <param name="Synthetic">Name of the synthetic NIC.</param>
/// <param name="Vf">The VF's name.</param>
/// <param name="Address">The guest's address.</param>
internal sealed record Picture(string Synthetic, string Vf, string Address)
{
    /// <summary>There is no VF yet.</summary>
    public string Before => $"""
        peer ==== {Synthetic} (synthetic) ==== {Address}
        """;

    /// <summary>Joined, with traffic on the VF.</summary>
    public string OnVf => $"""
                 +-- {Pad(Synthetic)} (synthetic) --+
        peer ====+                          +==== bond-{Synthetic} ==== {Address}
                 +== {Pad(Vf)} (VF) =========+
        """;

    /// <summary>Joined, without the VF.</summary>
    public string WithoutVf => $"""
                 +== {Pad(Synthetic)} (synthetic) ==+
        peer ====+                          +==== bond-{Synthetic} ==== {Address}
                 :   {Pad(Vf)} (away)       :
        """;

    /// <summary>Detached, with the VF in place.</summary>
    public string Detached => $"""
        peer ==== {Synthetic} (synthetic) ==== {Address}
             ---- {Pad(Vf)} (VF, unused)
        """;

    private string Pad(string name) => name.PadRight(Synthetic.Length);
}
