using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>The runs of a scenario: on the stock hv_netvsc of each Debian release, with the product and, to compare, without it. The test's
/// parameters are the kernel, whether the product is installed, and one of the values, if there are any.</summary>
/// <remarks>The traits of a run, "kernel" and "product", are its place in the table that the suite prints (tests/suite/KernelTable.cs).</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnKernelsAttribute(params string[] values) : DataAttribute
{
    private static readonly bool[] s_with = [true], s_both = [true, false];

    /// <summary>The kernel of the release on which the whole suite runs.</summary>
    public const string Usual = "6.1";

    /// <summary>The Debian releases by their kernels.</summary>
    public static IReadOnlyDictionary<string, string> Releases { get; } = new Dictionary<string, string>
    {
        ["5.10"] = "bullseye", [Usual] = "bookworm", ["6.12"] = "trixie", ["7.2"] = "forky",
    };

    /// <summary>Whether it runs on every kernel, or on the usual one only.</summary>
    public bool All { get; init; } = true;

    /// <summary>Whether it runs without the product, too.</summary>
    public bool Compare { get; init; }

    /// <summary>Whether its run on the usual kernel with the product is of the core.</summary>
    public bool Core { get; init; }

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        .. from kernel in Releases.Keys where All || kernel == Usual
           from value in values.DefaultIfEmpty()
           from product in Compare ? s_both : s_with
           select Row(kernel, product, value),
    ]);

    private TheoryDataRow Row(string kernel, bool product, string? value)
    {
        var row = new TheoryDataRow(value is null ? [kernel, product] : [kernel, product, value]);
        row.Traits["part"] = [kernel == Usual ? Part.Netvsc : Part.NetvscReleases];
        row.Traits["kernel"] = [kernel];
        row.Traits["product"] = [product ? "with" : "without"];
        if (Core && kernel == Usual && product)
            row.Traits["core"] = ["true"];
        return row;
    }
}
