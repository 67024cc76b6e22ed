namespace HypervVfattach.Core.Model;

/// <summary>A filter on an interface's <c>clsact</c> or <c>ingress</c> queueing discipline, or a program attached there directly
/// (tcx); or the discipline itself, with or without filters.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Hook">Where on the interface it is attached.</param>
/// <param name="Kind">Of a filter: bpf, flower, u32, ..., tcx; of the discipline: clsact, ingress.</param>
/// <param name="Priority">The filter with the smaller number sees a packet first.</param>
/// <param name="Name">The name that its creator gave to it; null if it has none.</param>
internal sealed record Classifier(int Link, Hook Hook, string Kind, uint Priority = 0, string? Name = null)
{
    /// <summary>The name that marks a filter as ours.</summary>
    public const string OurName = "hyperv-vfattach";

    /// <summary>Why it is unknown whether a program is attached there, in the system's words; null if it is known.</summary>
    public string? Unseen { get; init; }

    public bool IsOurs => Name == OurName;
}

/// <summary>A place on an interface where packets pass a filter.</summary>
internal enum Hook
{
    /// <summary>The discipline to which the filters of the two others are attached.</summary>
    Discipline,

    /// <summary>Received packets.</summary>
    Ingress,

    /// <summary>Sent packets.</summary>
    Egress,
}

/// <summary>A redirect's map: frames that <paramref name="Synthetic"/> sends leave through the interface <paramref name="Vf"/> (0:
/// through itself; null: unknown, because reading the map takes CAP_SYS_ADMIN).</summary>
internal sealed record Redirect(int Synthetic, int? Vf);
