namespace HypervVfattach.Core;

/// <summary>What the events of FreeBSD's devd(8) need beside a pair's own run.</summary>
internal interface IDevd
{
    /// <summary>The administrator's own program for VF_UP of a synthetic NIC, which then does all that we would; null
    /// where there is none that may be run.</summary>
    /// <param name="synthetic">Name of the synthetic NIC.</param>
    /// <param name="distrusted">Why one that is there is not run.</param>
    string? HookOf(string synthetic, out string? distrusted);

    /// <summary>Starts a program that outlives us: devd waits for what it runs.</summary>
    void Start(params ReadOnlySpan<string> program);
}
