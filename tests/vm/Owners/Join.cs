namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>How a pair is joined; <c>join</c> in the configuration file.</summary>
public enum Join
{
    /// <summary>Not at all; the VF bears its marks and is left lying.</summary>
    None,

    /// <summary>The synthetic keeps its configuration, and its packets go through the VF.</summary>
    Redirect,

    /// <summary>A bond takes the configuration over.</summary>
    Bond,
}
