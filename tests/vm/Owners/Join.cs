namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>How a pair is joined; <c>join</c> in the configuration file.</summary>
public enum Join
{
    /// <summary>Not at all; the VF has its udev properties and is not used.</summary>
    None,

    /// <summary>The synthetic NIC keeps its configuration, and its packets go through the VF.</summary>
    Redirect,

    /// <summary>The configuration moves to a bond.</summary>
    Bond,
}
