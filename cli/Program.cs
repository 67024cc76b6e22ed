using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD;
using HypervVfattach.Linux;
using HypervVfattach.Pairs;
using HypervVfattach.Posix;
using HypervVfattach.Report;

// The quick answer for a virtual interface, the most frequent event of udev, before anything else is set up.
if (args is ["--event" or "import", .., var name] && OperatingSystem.IsLinux()
    && VirtualInterface.Is(name, Environment.GetEnvironmentVariable("IFINDEX")))
    return 0;

StandardDescriptors.Open();
FileCreationMask.Set();
try
{
    // Each test for the OS must be an expression of its own here: then the other system is not linked (FreeBSD.Kernel).
    return (int)Dispatcher.Run(
        args,
        request => OperatingSystem.IsFreeBSD() ? In(request, new FreeBsdSystem(new Kernel(), new Programs()), new FreeBsdPolicy())
            : OperatingSystem.IsLinux() ? In(request, new LinuxSystem(), new LinuxPolicy())
            : throw new SystemRefusal("this operating system", "run on it", 0, "only Linux and FreeBSD are supported"),
        StandardDescriptors.Output, StandardDescriptors.Error);
}
catch (Exception e)
{
    // A defect of ours outside a plan, or in undoing one: the next run undoes what was begun. It is logged like every message, because
    // the runtime would only abort.
    var line = new LogLine(LogPriority.Error, InternalError.Words(e));
    if (OperatingSystem.IsFreeBSD())
        new FreeBsdLog(new Programs()).Send(line);
    else if (OperatingSystem.IsLinux())
        new SystemLog().Send(line);
    StandardDescriptors.Error.Write($"hyperv-vfattach: {line.Message}\n");
    return (int)ExitCode.Partly;
}

static World In(Request request, ISystem system, Policy policy) =>
    World.For(request, system, policy, StandardDescriptors.Output, StandardDescriptors.Error);
