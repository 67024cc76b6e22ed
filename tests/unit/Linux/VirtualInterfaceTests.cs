using HypervVfattach.Linux;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

public class VirtualInterfaceTests
{
    [Fact]
    public void Only_what_certainly_has_no_device_is_virtual()
    {
        using var sysfs = new TemporaryDirectory();
        foreach ((string name, string index) in new[] { ("veth0", "5\n"), ("eth0", "2\n"), ("odd", "") })
        {
            string directory = Directory.CreateDirectory(Path.Combine(sysfs.Path, "class/net", name)).FullName;
            File.WriteAllText(Path.Combine(directory, "ifindex"), index);
        }
        Directory.CreateDirectory(Path.Combine(sysfs.Path, "class/net/eth0/device"));
        VirtualInterface.Is("veth0", "5", sysfs.Path).ShouldBeTrue();
        VirtualInterface.Is("veth0", "6", sysfs.Path).ShouldBeFalse();
        VirtualInterface.Is("veth0", null, sysfs.Path).ShouldBeFalse();
        VirtualInterface.Is("eth0", "2", sysfs.Path).ShouldBeFalse();
        VirtualInterface.Is("odd", "3", sysfs.Path).ShouldBeFalse();
        VirtualInterface.Is("gone", "9", sysfs.Path).ShouldBeFalse();
    }

    [Fact]
    public void A_change_event_is_asked_for_and_an_interface_that_is_gone_needs_none()
    {
        using var sysfs = new TemporaryDirectory();
        string directory = Directory.CreateDirectory(Path.Combine(sysfs.Path, "class/net/eth0")).FullName;
        Uevent.Change("eth0", sysfs.Path);
        File.ReadAllText(Path.Combine(directory, "uevent")).ShouldBe("change");
        Uevent.Change("gone", sysfs.Path);
    }
}
