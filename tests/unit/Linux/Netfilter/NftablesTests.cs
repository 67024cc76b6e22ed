using HypervVfattach.Linux.Netfilter;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux.Netfilter;

public class NftablesTests
{
    /// <summary>A kernel with nftables as a module that is not loaded has no rules, and a request would load the module.</summary>
    [Theory]
    [InlineData(true, "proc/modules", "sys/module/nf_tables/initstate")]
    [InlineData(true, "proc/modules", "lib/modules/6.1.0/modules.builtin", "+kernel/net/netfilter/nf_tables.ko")]
    [InlineData(false, "proc/modules", "lib/modules/6.1.0/modules.builtin", "+kernel/net/netfilter/nf_tables_offload.ko")]
    [InlineData(false, "proc/modules", "lib/modules/6.1.0/modules.builtin")]
    [InlineData(true, "proc/modules")]
    [InlineData(true, "proc/version")]
    public void A_module_that_is_not_loaded_is_not_asked(bool isThere, params string[] files)
    {
        using var root = new TemporaryDirectory();
        foreach (string file in files.Where(file => !file.StartsWith('+')))
        {
            string path = Path.Combine(root.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(path, files.Where(text => text.StartsWith('+')).Select(text => text[1..]));
        }
        Nftables.IsThere(root.Path, "6.1.0").ShouldBe(isThere);
    }
}
