using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>Two real NICs with one MAC address that this machine has for the tests: a virtio one and any other PCI one, as synthetic NIC
/// and VF of a KVM guest. They are moved here from the network namespace of process 1 if necessary, and get new names.</summary>
internal sealed class NicPair : IDisposable
{
    public const string Synthetic = "syn0";
    public const string Vf = "vf0";
    public const string Driver = "virtio_net";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static string[]? s_seeing;

    private static readonly string[] s_here = [];
    private static readonly string[] s_atInit = ["nsenter", "-t", "1", "-n"];

    private readonly Device _synthetic;
    private readonly Device _vf;

    private NicPair(Device synthetic, Device vf) => (_synthetic, _vf) = (synthetic, vf);

    /// <summary>Words that start a program so that it sees these NICs in /sys, which shows the interfaces of the namespace in which it was
    /// mounted; empty if /sys is right.</summary>
    /// <remarks>Determined once: in the middle of a plan that renames, no interface has the name.</remarks>
    public static string[] Seeing => s_seeing ??= Directory.Exists($"/sys/class/net/{Synthetic}") ? []
        : ["unshare", "-m", "sh", "-c", "mount -t sysfs sysfs /sys && exec \"$@\"", "sh"];

    /// <summary>The pair, or null if this machine has none.</summary>
    public static NicPair? Find()
    {
        List<(Device Device, string Mac)> nics = [];
        foreach (JsonElement link in Links(s_here).Concat(Links(s_atInit)))
        {
            if (DeviceOf(link) is { } device && link.TryGetProperty("address", out JsonElement mac))
                nics.Add((device, mac.GetString()!));
        }
        foreach ((Device device, string mac) in nics)
        {
            if (device.Driver == Driver
                && nics.FirstOrDefault(nic => nic.Mac == mac && nic.Device.Driver != Driver).Device is { } vf)
                return new NicPair(device, vf);
        }
        return null;
    }

    /// <summary>Resets both NICs, without any configuration left.</summary>
    public void Renew()
    {
        foreach ((Device device, string name) in new[] { (_synthetic, Synthetic), (_vf, Vf) })
        {
            device.Unbind();
            device.Bind();
            Bring(device, name);
        }
    }

    /// <summary>Removes the VF and brings it back, as in a live migration: a new interface, with a new index.</summary>
    public void Replug()
    {
        _vf.Unbind();
        _vf.Bind();
        Bring(_vf, Vf);
    }

    /// <summary>Returns them.</summary>
    public void Dispose()
    {
        foreach (Device device in new[] { _synthetic, _vf })
        {
            device.Unbind();
            device.Bind();
        }
    }

    // A driver creates its interface in the first namespace, wherever the previous one was; udev may rename it there.
    private static void Bring(Device device, string name)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_patience)
        {
            if (NameOf(device, s_here) is { } here)
            {
                if (here == name)
                    return;
                Command([], "ip", "link", "set", here, "down");
                Command([], "ip", "link", "set", here, "name", name);
            }
            else if (NameOf(device, s_atInit) is { } there)
                Command(s_atInit, "ip", "link", "set", there, "netns", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        throw new TimeoutException($"{device} made no interface that could be named {name}");
    }

    private static string? NameOf(Device device, string[] where) => Links(where)
        .Where(link => DeviceOf(link) == device).Select(link => link.GetProperty("ifname").GetString()).FirstOrDefault();

    private static Device? DeviceOf(JsonElement link) =>
        link.TryGetProperty("parentbus", out JsonElement bus) && link.TryGetProperty("parentdev", out JsonElement name)
            ? Device.Find(bus.GetString()!, name.GetString()!) : null;

    private static JsonElement[] Links(string[] where)
    {
        string text = Command(where, "ip", "-j", "-d", "link", "show");
        return string.IsNullOrWhiteSpace(text) ? [] : [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
    }

    // The resulting state is checked instead of its output.
    private static string Command(string[] where, params string[] command)
    {
        string[] words = [.. where, .. command];
        return KernelTest.TryRun(words[0], words[1..]).Output;
    }

    /// <summary>A device on its bus, with its original driver.</summary>
    private sealed record Device(string Bus, string Name, string Driver)
    {
        public static Device? Find(string bus, string name) =>
            new FileInfo($"/sys/bus/{bus}/devices/{name}/driver").LinkTarget is { } driver
                ? new Device(bus, name, Path.GetFileName(driver)) : null;

        public void Unbind() => File.WriteAllText($"/sys/bus/{Bus}/drivers/{Driver}/unbind", Name);

        public void Bind() => File.WriteAllText($"/sys/bus/{Bus}/drivers/{Driver}/bind", Name);
    }
}
