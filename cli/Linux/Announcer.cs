using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Announces an interface on the path that it uses now. A host's bridge otherwise keeps sending to the path where it saw the MAC
/// address last, until it hears the address on the other one.</summary>
internal sealed class Announcer(Observer observer, Sysctls sysctls)
{
    /// <summary>Sends the announcements of an interface. Nothing depends on them, so a refusal is no failure.</summary>
    public void Announce(int link)
    {
        try
        {
            if (observer.Find(link) is { IsUp: true } found)
                PacketSocket.Send(link, Announcement.Of(found.Address, observer.Addresses().Where(address => address.Link == link), IsRouter(found.Name)));
        }
        catch (SystemRefusal)
        {
            // The interface has gone meanwhile.
        }
    }

    private bool IsRouter(string name) => sysctls.Read(name, "ipv6/conf", "forwarding") is not (null or "0");
}
