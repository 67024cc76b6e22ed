using HypervVfattach;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD;

// The test for FreeBSD must stand here, by itself: the other system's calls are not linked (Kernel).
return (int)Dispatcher.Run(
    args,
    request => OperatingSystem.IsFreeBSD() ? FreeBsdWorld.For(request, new FreeBsdHost(new Kernel(), new Programs()))
        : OperatingSystem.IsLinux() ? LinuxWorld.For(request)
        : throw new SystemRefusal("this operating system", "run on it", 0, "only Linux and FreeBSD are supported"),
    Console.Out, Console.Error);
