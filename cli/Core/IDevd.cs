namespace HypervVfattach.Core;

/// <summary>A system whose events come from FreeBSD's devd(8).</summary>
internal interface IDevd
{
    /// <summary>The administrator's own program for VF_UP of a synthetic NIC, which replaces our join; null if there is none that may be
    /// run.</summary>
    /// <param name="synthetic">Name of the synthetic NIC.</param>
    /// <param name="distrusted">Why one that exists is not run.</param>
    string? HookOf(string synthetic, out string? distrusted);

    /// <summary>Starts a program that outlives this process, because devd waits for what it runs.</summary>
    void Start(params ReadOnlySpan<string> program);
}
