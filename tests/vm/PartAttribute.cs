using Xunit.v3;

namespace HypervVfattach.Tests.Vm;

/// <summary>The part of <c>tests/run.sh --all</c> in which a class's tests run.</summary>
/// <param name="name">One of <see cref="Part.All"/>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PartAttribute(string name) : Attribute, ITraitAttribute
{
    /// <summary>The part's name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("part", Name)];
}
