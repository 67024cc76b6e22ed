using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Scenarios in which not one probe may be lost: they run one after the other, when the rest has ended, because a
/// machine that another one keeps waiting for the processor loses some by itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
