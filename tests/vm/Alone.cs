using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Scenarios in which not one probe may be lost: they run one after the other after all others, because a machine that has to wait
/// for the processor loses some probes by itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
