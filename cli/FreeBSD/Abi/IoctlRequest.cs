namespace HypervVfattach.FreeBSD.Abi;

/// <summary>ioctl(2) request numbers (sys/sockio.h, net/if_lagg.h, netinet6/in6_var.h): direction, size of the argument
/// in 13 bits, group 'i', number. The same on amd64 and arm64, from 12.1 on.</summary>
/// <remarks>The request is an unsigned long: as an int it would be sign-extended, which INVARIANTS kernels
/// log.</remarks>
internal static class IoctlRequest
{
    public const ulong CreateInterface = 0xc020697c; // SIOCIFCREATE2
    public const ulong DestroyInterface = 0x80206979; // SIOCIFDESTROY
    public const ulong ListCloners = 0xc0106978; // SIOCIFGCLONERS
    public const ulong GetFlags = 0xc0206911; // SIOCGIFFLAGS
    public const ulong SetFlags = 0x80206910; // SIOCSIFFLAGS
    public const ulong SetMtu = 0x80206934; // SIOCSIFMTU
    public const ulong SetName = 0x80206928; // SIOCSIFNAME
    public const ulong GetHardwareAddress = 0xc020693e; // SIOCGHWADDR
    public const ulong GetFib = 0xc020695c; // SIOCGIFFIB
    public const ulong GetVlan = 0xc020693a; // SIOCGETVLAN, which is SIOCGIFGENERIC (net/if_vlan_var.h)

    public const ulong AddAddress = 0x8044692b; // SIOCAIFADDR
    public const ulong DeleteAddress = 0x80206919; // SIOCDIFADDR
    public const ulong AddAddress6 = 0x8088691b; // SIOCAIFADDR_IN6
    public const ulong DeleteAddress6 = 0x81206919; // SIOCDIFADDR_IN6
    public const ulong GetAddressFlags6 = 0xc1206949; // SIOCGIFAFLAG_IN6
    public const ulong GetAddressLifetime6 = 0xc1206951; // SIOCGIFALIFETIME_IN6
    public const ulong GetNeighbourInfo6 = 0xc048696c; // SIOCGIFINFO_IN6
    public const ulong SetNeighbourInfo6 = 0xc048696d; // SIOCSIFINFO_IN6

    public const ulong GetLagg = 0xc050698f; // SIOCGLAGG
    public const ulong SetLagg = 0x80506990; // SIOCSLAGG
    public const ulong AddLaggPort = 0x8048698d; // SIOCSLAGGPORT
    public const ulong DeleteLaggPort = 0x8048698e; // SIOCSLAGGDELPORT

    /// <summary>IOCPARM_LEN: the size of the argument that is part of every request (sys/ioccom.h).</summary>
    public static int ArgumentSize(ulong request) => (int)((request >> 16) & 0x1fff);

    /// <summary>The C name of a request, for messages.</summary>
    public static string Name(ulong request) => request switch
    {
        CreateInterface => "SIOCIFCREATE2",
        DestroyInterface => "SIOCIFDESTROY",
        ListCloners => "SIOCIFGCLONERS",
        GetFlags => "SIOCGIFFLAGS",
        SetFlags => "SIOCSIFFLAGS",
        SetMtu => "SIOCSIFMTU",
        SetName => "SIOCSIFNAME",
        GetHardwareAddress => "SIOCGHWADDR",
        GetFib => "SIOCGIFFIB",
        GetVlan => "SIOCGETVLAN",
        AddAddress => "SIOCAIFADDR",
        DeleteAddress => "SIOCDIFADDR",
        AddAddress6 => "SIOCAIFADDR_IN6",
        DeleteAddress6 => "SIOCDIFADDR_IN6",
        GetAddressFlags6 => "SIOCGIFAFLAG_IN6",
        GetAddressLifetime6 => "SIOCGIFALIFETIME_IN6",
        GetNeighbourInfo6 => "SIOCGIFINFO_IN6",
        SetNeighbourInfo6 => "SIOCSIFINFO_IN6",
        GetLagg => "SIOCGLAGG",
        SetLagg => "SIOCSLAGG",
        AddLaggPort => "SIOCSLAGGPORT",
        DeleteLaggPort => "SIOCSLAGGDELPORT",
        _ => $"ioctl 0x{request:x}",
    };
}
