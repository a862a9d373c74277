<#
.SYNOPSIS
Shows what vcable's cables do: formats, the way of the sound, and what was lost.
.DESCRIPTION
Reads the driver's own property from the playback end of each cable. windows.md describes the answer. Needs no
administrator.
.PARAMETER Watch
Shows it every second, until Ctrl+C.
#>
#Requires -Version 5.1
[CmdletBinding()]
param([switch] $Watch)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$source = @'
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

public static class VCableState {
    const uint Present = 0;                                  // CM_GET_DEVICE_INTERFACE_LIST_PRESENT
    const uint IoctlKsProperty = 0x2F0003;                   // IOCTL_KS_PROPERTY
    const uint Get = 1;                                      // KSPROPERTY_TYPE_GET
    static readonly Guid Render = new Guid("65E8773E-8F56-11D0-A3B9-00A0C9223196");
    static readonly Guid Own = new Guid("E3A5B7D1-2C4F-4B86-9D0E-564341424C45");

    [DllImport("cfgmgr32.dll", CharSet = CharSet.Unicode)]
    static extern int CM_Get_Device_Interface_List_SizeW(out uint length, ref Guid category, string device, uint flags);
    [DllImport("cfgmgr32.dll", CharSet = CharSet.Unicode)]
    static extern int CM_Get_Device_Interface_ListW(ref Guid category, string device, char[] list, uint length,
        uint flags);
    [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern SafeFileHandle CreateFileW(string path, uint access, uint share, IntPtr security, uint creation,
        uint flags, IntPtr template);
    [DllImport("kernel32.dll", SetLastError = true)]
    static extern bool DeviceIoControl(SafeFileHandle file, uint code, byte[] input, uint inputBytes, byte[] output,
        uint outputBytes, out uint returned, IntPtr overlapped);

    // The playback ends of all cables, as paths to open.
    public static List<string> Cables() {
        Guid category = Render;
        uint length;
        if (CM_Get_Device_Interface_List_SizeW(out length, ref category, null, Present) != 0)
            throw new InvalidOperationException("CM_Get_Device_Interface_List_Size");
        char[] list = new char[length];
        if (CM_Get_Device_Interface_ListW(ref category, null, list, length, Present) != 0)
            throw new InvalidOperationException("CM_Get_Device_Interface_List");
        List<string> found = new List<string>();
        foreach (string path in new string(list).Split('\0')) {
            if (path.ToLowerInvariant().Contains("\\renderwave")) found.Add(path);
        }
        return found;
    }

    public static byte[] Read(string path) {
        using (SafeFileHandle file = CreateFileW(path, 0xC0000000, 3, IntPtr.Zero, 3, 0, IntPtr.Zero)) {
            if (file.IsInvalid) throw new Win32Exception(Marshal.GetLastWin32Error());
            byte[] property = new byte[24];
            Own.ToByteArray().CopyTo(property, 0);
            BitConverter.GetBytes(1u).CopyTo(property, 16);
            BitConverter.GetBytes(Get).CopyTo(property, 20);
            byte[] answer = new byte[120];
            uint returned;
            if (!DeviceIoControl(file, IoctlKsProperty, property, 24, answer, 120, out returned, IntPtr.Zero))
                throw new Win32Exception(Marshal.GetLastWin32Error());
            if (returned < 120) throw new InvalidOperationException("a short answer");
            return answer;
        }
    }
}
'@
Add-Type -TypeDefinition $source

$states = 'closed', 'stopped', 'acquired', 'paused', 'running'
$ways = 'none', 'copied', 'converted', 'resampled'

# One end, as `running 48000 Hz, 2 channels, 24/32 bits`.
function Format-End([byte[]] $Answer, [int] $At) {
    $state = [BitConverter]::ToUInt32($Answer, $At)
    if ($state -eq 0) { return 'closed' }
    $rate = [BitConverter]::ToUInt32($Answer, $At + 4)
    $channels = [BitConverter]::ToUInt16($Answer, $At + 8)
    $container = [BitConverter]::ToUInt16($Answer, $At + 10)
    $valid = [BitConverter]::ToUInt16($Answer, $At + 12)
    $kind = if ($valid -band 0x8000) { 'float' } else { 'bits' }
    '{0} {1} Hz, {2} channels, {3}/{4} {5}' -f $states[$state], $rate, $channels, ($valid -band 0x7FFF), $container, $kind
}

function Get-CableState([string] $Path) {
    # Another driver may have interfaces of that name, without our property.
    try { $answer = [VCableState]::Read($Path) } catch { Write-Verbose "${Path}: $_"; return }
    [PSCustomObject]@{
        Cable     = [BitConverter]::ToUInt32($answer, 8)
        Input     = Format-End $answer 24
        Output    = Format-End $answer 48
        Way       = $ways[[BitConverter]::ToUInt32($answer, 12)]
        Waiting   = [BitConverter]::ToSingle($answer, 16)
        Played    = [BitConverter]::ToUInt64($answer, 80)
        Recorded  = [BitConverter]::ToUInt64($answer, 88)
        Silent    = [BitConverter]::ToUInt64($answer, 96)
        Late      = [BitConverter]::ToUInt64($answer, 104)
        Starved   = [BitConverter]::ToUInt64($answer, 112)
    }
}

do {
    $cables = [VCableState]::Cables() | ForEach-Object { Get-CableState $_ } | Sort-Object -Property Cable
    if (-not $cables) { Write-Warning 'There are no cables.' }
    $cables | Format-List
    if ($Watch) { Start-Sleep -Seconds 1 }
} while ($Watch)
