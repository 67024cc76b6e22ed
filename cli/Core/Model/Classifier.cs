namespace HypervVfattach.Core.Model;

/// <summary>A filter that packets pass on an interface's <c>clsact</c> or <c>ingress</c> queueing discipline, or a program
/// attached in its place (tcx); and the discipline itself, which may hold none.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Hook">Where on the interface it stands.</param>
/// <param name="Kind">Of a filter: bpf, flower, u32, ..., tcx; of the discipline: clsact, ingress.</param>
/// <param name="Priority">Filters of a smaller number see a packet first.</param>
/// <param name="Name">The name that its maker gave to it, as far as it has one.</param>
internal sealed record Classifier(int Link, Hook Hook, string Kind, uint Priority = 0, string? Name = null)
{
    /// <summary>The name that marks a filter as ours.</summary>
    public const string OurName = "hyperv-vfattach";

    /// <summary>Why it is not known whether a program stands there, in the system's words; null for one that is seen.</summary>
    public string? Unseen { get; init; }

    /// <summary>Whether we made it.</summary>
    public bool IsOurs => Name == OurName;
}

/// <summary>A place on an interface that packets pass.</summary>
internal enum Hook
{
    /// <summary>The discipline that both others hang on.</summary>
    Discipline,

    /// <summary>What comes in.</summary>
    Ingress,

    /// <summary>What goes out.</summary>
    Egress,
}

/// <summary>A redirect's map: what leaves by <paramref name="Synthetic"/> goes out by the interface
/// <paramref name="Vf"/> (0: by itself; null: we may not look, which takes CAP_SYS_ADMIN).</summary>
internal sealed record Redirect(int Synthetic, int? Vf);
