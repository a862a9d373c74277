<#
.SYNOPSIS
Makes the catalogues of a vcable driver package and signs them, with a test certificate or with one of yours.
.DESCRIPTION
Runs in the folder that `cargo xtask driver --package` made, on Windows with the WDK. For each architecture: signs
vcable.sys, checks vcable.inf with InfVerif, makes vcable.cat with Inf2Cat and signs it. Without -Thumbprint a
self-signed test certificate is made (or found again) in your own certificate store, and vcable-test.cer is left beside
this script for install.ps1: Windows takes drivers that it signed only in test mode.
.PARAMETER Thumbprint
The certificate to sign with, in Cert:\CurrentUser\My or on a token; for an EV certificate, for instance.
.PARAMETER TimestampServer
A time-stamping service (RFC 3161). Signatures without its stamp end with the certificate.
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [string] $Thumbprint,
    [string] $TimestampServer
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Inf2Cat's names of the systems: 2004 to 22H2 of Windows 10, then Windows 11. Later ones need a newer WDK.
$systems = @{
    x64   = '10_VB_X64,10_CO_X64,10_NI_X64'
    arm64 = '10_VB_ARM64,10_CO_ARM64,10_NI_ARM64'
}
$testName = 'CN=vcable test signing'

# The newest of the kits' tools of that name that this machine can run.
function Find-Tool([string] $Name, [switch] $Optional) {
    $kits = Join-Path ${env:ProgramFiles(x86)} 'Windows Kits\10'
    $found = Get-ChildItem -Path "$kits\bin\*\x64\$Name", "$kits\bin\*\x86\$Name", "$kits\Tools\*\x64\$Name" `
        -ErrorAction SilentlyContinue | Sort-Object -Property FullName -Descending | Select-Object -First 1
    if ($found) { return $found.FullName }
    if (-not $Optional) { throw "$Name is not below $kits. Install the Windows Driver Kit." }
}

function Invoke-Tool([string] $Tool, [string[]] $Arguments) {
    & $Tool @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$(Split-Path -Leaf $Tool) $($Arguments -join ' ') failed ($LASTEXITCODE)." }
}

function Get-TestCertificate {
    $certificate = Get-ChildItem Cert:\CurrentUser\My -CodeSigningCert |
        Where-Object { $_.Subject -eq $testName -and $_.NotAfter -gt (Get-Date).AddDays(1) } |
        Select-Object -First 1
    if (-not $certificate) {
        $certificate = New-SelfSignedCertificate -Type CodeSigningCert -Subject $testName -HashAlgorithm SHA256 `
            -KeyAlgorithm RSA -KeyLength 3072 -CertStoreLocation Cert:\CurrentUser\My -NotAfter (Get-Date).AddYears(2)
    }
    $file = Join-Path $PSScriptRoot 'vcable-test.cer'
    $null = Export-Certificate -Cert $certificate -FilePath $file
    Write-Host "Test certificate $($certificate.Thumbprint), its public part in $file"
    $certificate.Thumbprint
}

$signtool = Find-Tool 'signtool.exe'
$inf2cat = Find-Tool 'inf2cat.exe'
$infverif = Find-Tool 'infverif.exe' -Optional
if (-not $Thumbprint) { $Thumbprint = Get-TestCertificate }
$how = @('sign', '/fd', 'sha256', '/sha1', $Thumbprint)
if ($TimestampServer) { $how += @('/tr', $TimestampServer, '/td', 'sha256') }

foreach ($architecture in 'x64', 'arm64') {
    $folder = Join-Path $PSScriptRoot $architecture
    if (-not (Test-Path "$folder\vcable.inf")) { continue }
    Write-Host "--- $architecture"
    if ($infverif) { Invoke-Tool $infverif @('/v', '/w', "$folder\vcable.inf") }
    else { Write-Warning 'infverif.exe is not in this WDK: the INF is not checked.' }
    # The driver before the catalogue, which holds its hash.
    Invoke-Tool $signtool ($how + "$folder\vcable.sys")
    Invoke-Tool $inf2cat @("/driver:$folder", "/os:$($systems[$architecture])", '/uselocaltime')
    Invoke-Tool $signtool ($how + "$folder\vcable.cat")
}
