using Xunit.v3;

namespace HypervVfattach.Tests.Vm;

/// <summary>A test of every run without arguments, on any machine and within CI's time: each mechanism once, and each owner with each
/// join.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CoreAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("core", "true")];
}
