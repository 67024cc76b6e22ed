using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD;
using HypervVfattach.Linux;
using HypervVfattach.Report;

// What udev starts for an interface of no concern, before the program as a whole comes into being.
if (args is ["--event" or "import", .., var name] && OperatingSystem.IsLinux()
    && Glance.IsVirtual(name, Environment.GetEnvironmentVariable("IFINDEX")))
    return 0;

StandardDescriptors.Open();
FileCreationMask.Set();
try
{
    // The tests for the OS must stand here, by themselves: the other system's calls are not linked (FreeBSD.Kernel).
    return (int)Dispatcher.Run(
        args,
        request => OperatingSystem.IsFreeBSD() ? FreeBsdWorld.For(request, new FreeBsdHost(new Kernel(), new Programs()))
            : OperatingSystem.IsLinux() ? LinuxWorld.For(request)
            : throw new SystemRefusal("this operating system", "run on it", 0, "only Linux and FreeBSD are supported"),
        StandardDescriptors.Output, StandardDescriptors.Error);
}
catch (Exception e)
{
    // A mistake of ours, outside a plan or in undoing one: what was begun is undone by the next run. Logged like everything
    // else, because the runtime would only abort.
    var line = new LogLine(LogPriority.Error, InternalError.Words(e));
    if (OperatingSystem.IsFreeBSD())
        new FreeBsdLog(new Programs()).Send(line);
    else if (OperatingSystem.IsLinux())
        new SystemLog().Send(line);
    StandardDescriptors.Error.Write($"hyperv-vfattach: {line.Message}\n");
    return (int)ExitCode.Partly;
}
