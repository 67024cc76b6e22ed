using System.Diagnostics;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>What doctor reads of a file system, and what it makes of one that is damaged.</summary>
public sealed class HostFactsReaderTests : IDisposable
{
    private const string Rule = "IMPORT{program}=\"/usr/local/sbin/hyperv-vfattach import -- $name\"\n";

    private readonly TemporaryDirectory _root = new();

    public HostFactsReaderTests() => Write("proc/sys/kernel/osrelease", "6.1.0-41-amd64\n");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Nothing_is_there()
    {
        HostFacts facts = Read();
        facts.Rules.ShouldBeEmpty();
        facts.Programs.ShouldBeEmpty();
        facts.HasUdev.ShouldBeFalse();
        facts.Initramfs.ShouldBeNull();
        facts.HasBonding.ShouldBeTrue();
        facts.HasCloudInit.ShouldBeFalse();
    }

    [Fact]
    public void Rules_that_concern_VFs_are_read_in_the_order_of_precedence()
    {
        Write("usr/lib/udev/rules.d/60-hyperv-vfattach.rules", "# a\n" + Rule);
        Write("etc/udev/rules.d/60-hyperv-vfattach.rules", "");
        Write("usr/lib/udev/rules.d/10-azure-unmanaged-sriov.rules", "ENV{AZURE_UNMANAGED_SRIOV}=\"1\"");
        Write("usr/lib/udev/rules.d/50-default.rules", "SUBSYSTEM==\"net\"");
        File.CreateSymbolicLink(At("lib"), "usr/lib");
        File.CreateSymbolicLink(At("etc/udev/rules.d/61-hyperv-vfattach-pci.rules"), "/dev/null");
        Read().Rules.Select(file => $"{file.Path} {file.Text.Length > 0}").ShouldBe(
        [
            "/etc/udev/rules.d/60-hyperv-vfattach.rules False", "/etc/udev/rules.d/61-hyperv-vfattach-pci.rules False",
            "/usr/lib/udev/rules.d/10-azure-unmanaged-sriov.rules True", "/usr/lib/udev/rules.d/60-hyperv-vfattach.rules True",
        ]);
    }

    [Fact]
    public void The_executables_of_rules_and_units_are_compared_with_this_one()
    {
        Write("etc/udev/rules.d/60-hyperv-vfattach.rules", Rule);
        Write("etc/systemd/system/hyperv-vfattach-scan.service", "[Service]\nExecStart=/opt/hyperv-vfattach scan --event\n");
        Write("etc/systemd/system/hyperv-vfattach-repair.service", "[Service]\nExecStart=/usr/local/sbin/hyperv-vfattach scan --repair\n");
        Write("opt/hyperv-vfattach", "another");
        Programs().ShouldBe(["/usr/local/sbin/hyperv-vfattach False False", "/opt/hyperv-vfattach True False"]);
        Directory.CreateDirectory(At("usr/local/sbin"));
        File.Copy(Environment.ProcessPath!, At("usr/local/sbin/hyperv-vfattach"));
        Programs().ShouldBe(["/usr/local/sbin/hyperv-vfattach True True", "/opt/hyperv-vfattach True False"]);

        string[] Programs() => [.. Read().Programs.Select(program => $"{program.Path} {program.IsThere} {program.IsThis}")];
    }

    [Fact]
    public void What_udev_has_stored_about_a_VF_is_read()
    {
        Write("run/udev/control", "");
        Write("run/udev/data/n3", "I:123\nE:ID_BUS=pci\nE:HYPERV_VF=1\nG:systemd\n");
        var vf = new Link { Index = 3, Name = "no-such-nic" };
        HostFacts facts = new HostFactsReader(_root.Path).Read([vf, new Link { Index = 4, Name = "gone" }]);
        facts.Vfs.Select(record => $"{record.Link} {string.Join(' ', record.Properties)}").ShouldBe(["3 ID_BUS=pci HYPERV_VF=1", "4 "]);
        facts.HasUdev.ShouldBeTrue();
        facts.Vfs.ShouldAllBe(record => !record.Lro && !record.VlanFilter);
    }

    [Fact]
    public void The_bonding_driver_is_loaded_or_a_module_or_built_in_or_missing()
    {
        Write("lib/modules/6.1.0-41-amd64/modules.dep", "kernel/net/ipv4/ip_gre.ko:\n");
        Read().HasBonding.ShouldBeFalse();
        Write("lib/modules/6.1.0-41-amd64/modules.builtin", "kernel/drivers/net/bonding/bonding.ko\n");
        Read().HasBonding.ShouldBeTrue();
        Write("lib/modules/6.1.0-41-amd64/modules.builtin", "");
        Write("lib/modules/6.1.0-41-amd64/modules.dep", "kernel/drivers/net/bonding/bonding.ko.xz: kernel/net/tls/tls.ko.xz\n");
        Read().HasBonding.ShouldBeTrue();
        Write("lib/modules/6.1.0-41-amd64/modules.dep", "");
        Directory.CreateDirectory(At("sys/module/bonding"));
        Read().HasBonding.ShouldBeTrue();
    }

    [Fact]
    public void Cloud_init_counts_where_it_configures_the_network()
    {
        Write("usr/bin/cloud-init", "");
        Read().HasCloudInit.ShouldBeTrue();
        Write("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network: {config: disabled}\n");
        Read().HasCloudInit.ShouldBeFalse();
        File.Delete(At("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg"));
        Write("etc/cloud/cloud-init.disabled", "");
        Read().HasCloudInit.ShouldBeFalse();
    }

    [Theory]
    [InlineData("boot/initrd.img-6.1.0-41-amd64")]
    [InlineData("boot/initramfs-6.1.0-41-amd64.img")]
    [InlineData("boot/initrd-6.1.0-41-amd64")]
    public void A_boot_image_is_listed_through_all_its_archives(string path)
    {
        Write(path, Archive("kernel", "kernel/x86/microcode.bin") + new string('\0', 512) + Archive("usr/bin/busybox", "etc/udev/rules.d/60-hyperv-vfattach.rules"));
        BootImage image = Read().Initramfs!;
        image.Files.ShouldBe(["kernel", "kernel/x86/microcode.bin", "usr/bin/busybox", "etc/udev/rules.d/60-hyperv-vfattach.rules"]);
        image.Unread.ShouldBeNull();
    }

    [Theory]
    [InlineData("x", "it is no cpio archive")]
    [InlineData("070701", "it is damaged")]
    [InlineData("070701zzzzzzzz", "it is damaged")]
    [InlineData("\u001f\u008bxxxx", "what gzip makes of it is damaged: its end is missing")]
    public void What_is_not_listed_is_said(string rest, string why)
    {
        Write("boot/initrd.img-6.1.0-41-amd64", Archive("kernel") + rest);
        BootImage image = Read().Initramfs!;
        image.Files.ShouldBe(["kernel"]);
        image.Unread.ShouldBe(why);
    }

    [Theory]
    [InlineData("gzip", "-c")]
    [InlineData("zstd", "-cq")]
    [InlineData("xz", "-c")]
    [InlineData("xz", "-c --format=lzma")]
    [InlineData("lz4", "-cq")]
    [InlineData("lz4", "-clq")]
    [InlineData("bzip2", "-c")]
    public void A_compressed_part_is_listed_by_the_program_that_made_it(string program, string options)
    {
        const string path = "boot/initrd.img-6.1.0-41-amd64";
        bool isThere = Path.Exists($"/usr/bin/{program}");
        Write("rest", Archive("usr/bin/busybox", "etc/udev/rules.d/60-hyperv-vfattach.rules"));
        if (isThere)
            Pack($"{program} {options}");
        else
            Assert.SkipWhen(program is not ("zstd" or "lz4"), $"there is no {program} here");
        byte[] packed = isThere ? File.ReadAllBytes(At("packed")) : program == "zstd" ? [0x28, 0xb5, 0x2f, 0xfd] : [0x02, 0x21, 0x4c, 0x18];
        Write(path, Archive("kernel", "kernel/x86/microcode.bin") + new string('\0', 512));
        File.AppendAllBytes(At(path), packed);
        BootImage image = Read().Initramfs!;
        image.Unread.ShouldBe(isThere ? null : $"it is compressed with {program}, and there is no {program} here");
        image.Files.ShouldBe(isThere ? ["kernel", "kernel/x86/microcode.bin", "usr/bin/busybox", "etc/udev/rules.d/60-hyperv-vfattach.rules"] : ["kernel", "kernel/x86/microcode.bin"]);
        // Cut in the middle.
        if (isThere)
        {
            Write(path, Archive("kernel"));
            File.AppendAllBytes(At(path), packed[..(packed.Length / 2)]);
            Read().Initramfs!.Unread.ShouldNotBeNull();
        }
    }

    private void Pack(string command)
    {
        using Process shell = Process.Start("sh", ["-c", $"{command} <'{At("rest")}' >'{At("packed")}'"]);
        shell.WaitForExit();
        shell.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_damaged_header_neither_fails_nor_goes_on_for_ever()
    {
        string whole = Archive("kernel", "usr/bin/busybox");
        for (int length = 0; length < whole.Length; length++)
            Unread(whole[..length]);
        foreach (string number in (string[])["00000000", "ffffffff", "7fffffff", "00001001", "-0000001", "+0000001", "        "])
        {
            Unread(whole[..94] + number + whole[102..]);
            Unread(whole[..54] + number + whole[62..]);
        }

        void Unread(string text)
        {
            Write("boot/initrd.img-6.1.0-41-amd64", text);
            Read().Initramfs!.Files.Count.ShouldBeLessThanOrEqualTo(2);
        }
    }

    // A file of four bytes below each name.
    private static string Archive(params string[] names)
    {
        var text = new StringBuilder();
        foreach (string name in (string[])[.. names, "TRAILER!!!"])
        {
            string header = "070701" + string.Concat(Enumerable.Range(0, 13).Select(field => field switch
            {
                6 => "00000005", 11 => $"{name.Length + 1:x8}", _ => "00000000",
            }));
            text.Append(header).Append(name).Append('\0').Append('\0', (4 - (header.Length + name.Length + 1) % 4) % 4).Append("abcde\0\0\0");
        }
        return text.ToString();
    }

    private HostFacts Read() => new HostFactsReader(_root.Path).Read([]);

    private string At(string path) => Path.Combine(_root.Path, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text, Encoding.Latin1);
    }
}
