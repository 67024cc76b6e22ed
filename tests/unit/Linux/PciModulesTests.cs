using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>The module for a PCI function, from depmod's list or a list of our own.</summary>
public sealed class PciModulesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_kernels_own_list_comes_first()
    {
        Write("proc/sys/kernel/osrelease", "6.1.0-42-amd64\n");
        Write("lib/modules/6.1.0-42-amd64/modules.alias", """
            # Aliases extracted from modules themselves.
            alias pci:v000015ADd000007B0sv*sd*bc*sc*i* vmxnet3
            alias pci:v000015B3d00001016sv*sd*bc*sc*i* mlx5_core
            alias vmbus:635161f83edfc546913ff2d2f965ed0e hv_netvsc
            """);
        PciModules.Of("pci:v000015ADd000007B0sv000015ADsd000007B0bc02sc00i00", "15ad:07b0", _root).ShouldBe(("vmxnet3", true));
        PciModules.Of("pci:v00001414d000000BAsv00001414sd000000BAbc02sc00i00", "1414:00ba", _root).ShouldBe(("mana", false));
        PciModules.Of("pci:v00001234d00005678sv00000000sd00000000bc02sc00i00", "1234:5678", _root).ShouldBe((null, false));
    }

    [Fact]
    public void Without_a_list_the_known_ones_are_named() => PciModules.Of(null, "15b3:1004", _root).ShouldBe(("mlx4_en", false));

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
